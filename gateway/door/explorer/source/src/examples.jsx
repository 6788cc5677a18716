import { useGraphiQL, useGraphiQLActions, UnStyledButton } from '@graphiql/react';
import { settings } from './settings.js';

function Icon() {
  return (
    <svg height="1em" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round">
      <path d="M5 3.5h10l4 4v13H5z" />
      <path d="M14.5 3.5v4.5h4.5M10 11.5l4.5 3-4.5 3z" />
    </svg>
  );
}

/** The gateway's example queries: a click shows the open tab that holds the query, or opens one. */
function Examples() {
  const { addTab, changeTab } = useGraphiQLActions();
  const tabs = useGraphiQL((state) => state.tabs);
  const editor = useGraphiQL((state) => state.queryEditor);

  const show = (query) => {
    const open = tabs.findIndex((tab) => tab.query === query);
    if (open >= 0) return changeTab(open);
    addTab();
    editor?.setValue(query);
  };

  return (
    <section aria-label="Examples" className="examples">
      <h2>Examples</h2>
      {settings.examples.map(({ name, about, query }) => (
        <UnStyledButton key={name} type="button" onClick={() => show(query)}>
          <strong>{name}</strong>
          <span>{about}</span>
        </UnStyledButton>
      ))}
    </section>
  );
}

export const examplesPlugin = { title: 'Examples', icon: Icon, content: Examples };
