import './workers.js';
import './monaco.js';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { DOC_EXPLORER_PLUGIN } from '@graphiql/plugin-doc-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { examplesPlugin } from './examples.jsx';
import { fetcher } from './fetcher.js';
import { settings } from './settings.js';
import { isFirstVisit, storage } from './storage.js';
import { upstreamCallsPlugin } from './upstream-calls.jsx';
import iconFile from './icon.svg';
import './style.css';

const icon = new URL(iconFile, import.meta.url).href;
const plugins = [explorerPlugin({ showAttribution: false }), HISTORY_PLUGIN, examplesPlugin, upstreamCallsPlugin];
const tabs = settings.examples.map(({ query }) => ({ query }));

function Explorer() {
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={plugins}
      storage={storage}
      defaultTabs={tabs.length > 0 ? tabs : undefined}
      visiblePlugin={isFirstVisit ? DOC_EXPLORER_PLUGIN : undefined}
      shouldPersistHeaders={false}
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>
        <span className="gateway-logo">
          <img src={icon} alt="" width="20" height="20" />
          {settings.title}
        </span>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

// monaco measures its font once, when an editor is made: the fonts have to be there by then.
await Promise.allSettled(['400 13px "Fira Code"', '400 15px Roboto'].map((font) => document.fonts.load(font)));
createRoot(document.getElementById('explorer')).render(<Explorer />);
