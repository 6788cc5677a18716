import './workers.js';
import './monaco.js';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { DOC_EXPLORER_PLUGIN } from '@graphiql/plugin-doc-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { carry, useCarriedHeaders } from './carried-headers.js';
import { examplesPlugin } from './examples.jsx';
import { fetcher } from './fetcher.js';
import { Notices } from './notices.jsx';
import { useSchemaOfCaller } from './schema-of-caller.js';
import { settings } from './settings.js';
import { ShareButton, useSharedOperations } from './share.jsx';
import { isFirstVisit, storage } from './storage.js';
import { useTabInSight } from './tab-in-sight.js';
import { upstreamCallsPlugin } from './upstream-calls.jsx';
import iconFile from './icon.svg';
import './style.css';

const icon = new URL(iconFile, import.meta.url).href;
const plugins = [explorerPlugin({ showAttribution: false }), HISTORY_PLUGIN, examplesPlugin, upstreamCallsPlugin];
const tabs = settings.examples.map(({ query }) => ({ query }));

/** What goes on beside GraphiQL, and needs its state. */
function Beside() {
  useCarriedHeaders();
  useSchemaOfCaller();
  useSharedOperations();
  useTabInSight();
  return null;
}

function Explorer() {
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={plugins}
      storage={storage}
      defaultTabs={tabs.length > 0 ? tabs : undefined}
      visiblePlugin={isFirstVisit ? DOC_EXPLORER_PLUGIN : undefined}
      defaultHeaders={settings.headers}
      onEditHeaders={carry}
      shouldPersistHeaders={false}
      defaultEditorToolsVisibility={storage.getItem('graphiql:variables') ? 'variables' : false}
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>
        <span className="gateway-logo">
          <img src={icon} alt="" width="20" height="20" />
          {settings.title}
        </span>
        <Notices />
      </GraphiQL.Logo>
      <GraphiQL.Toolbar>
        {({ prettify, merge, copy }) => (
          <>
            {prettify}
            {merge}
            {copy}
            <ShareButton />
          </>
        )}
      </GraphiQL.Toolbar>
      <Beside />
    </GraphiQL>
  );
}

// monaco measures its font once, when an editor is made: the fonts have to be there by then.
await Promise.allSettled(['400 13px "Fira Code"', '400 15px Roboto'].map((font) => document.fonts.load(font)));
createRoot(document.getElementById('explorer')).render(<Explorer />);
