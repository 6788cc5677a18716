import { ToolbarButton, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect } from 'react';
import { fragmentOf, LONGEST, operationOf } from './link.js';
import { notify } from './notices.jsx';

const count = new Intl.NumberFormat('en');

function Icon() {
  return (
    <svg
      className="graphiql-toolbar-icon"
      aria-hidden="true"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
    >
      <path d="M10 14a4.5 4.5 0 0 0 6.4 0l3.2-3.2a4.5 4.5 0 0 0-6.4-6.4l-1.4 1.4" />
      <path d="M14 10a4.5 4.5 0 0 0-6.4 0l-3.2 3.2a4.5 4.5 0 0 0 6.4 6.4l1.4-1.4" />
    </svg>
  );
}

async function share(query, variables) {
  if (!query.trim()) return notify('There is nothing to share: the editor is empty.');
  const fragment = await fragmentOf({ query, variables });
  if (fragment.length > LONGEST) {
    const [length, longest] = [fragment.length, LONGEST].map(count.format);
    return notify(`The operation is too long for a link: it takes ${length} characters, and ${longest} are the most.`);
  }
  const address = location.origin + location.pathname + fragment;
  const what = 'It holds the operation and its variables, and no headers.';
  try {
    await navigator.clipboard.writeText(address);
    notify(`The link was copied. ${what}`);
  } catch {
    // The clipboard is there for pages that came by HTTPS or from this machine, where people do not refuse it.
    notify(`The link could not be copied for you; copy it from here. ${what}`, address);
  }
}

/** Copies the address of this page with what is in the editors, without headers. */
export function ShareButton() {
  const { queryEditor, variableEditor } = useGraphiQL(({ queryEditor, variableEditor }) => ({ queryEditor, variableEditor }));
  return (
    <ToolbarButton
      label="Copy a link to this operation"
      onClick={() => void share(queryEditor?.getValue() ?? '', variableEditor?.getValue() ?? '')}
    >
      <Icon />
    </ToolbarButton>
  );
}

/** Opens what the address holds, in a tab of its own, when the page opens and when the address changes; runs nothing. */
export function useSharedOperations() {
  const { addTab, stop } = useGraphiQLActions();
  const { queryEditor, variableEditor, headerEditor, responseEditor } = useGraphiQL((state) => ({
    queryEditor: state.queryEditor,
    variableEditor: state.variableEditor,
    headerEditor: state.headerEditor,
    responseEditor: state.responseEditor,
  }));
  const ready = Boolean(queryEditor && variableEditor && headerEditor && responseEditor);

  useEffect(() => {
    if (!ready) return undefined;
    async function take() {
      const { hash, pathname, search } = location;
      if (hash.length < 2) return;
      history.replaceState(null, '', pathname + search); // a reload is to bring the tabs back as they are then
      try {
        const { query, variables } = await operationOf(hash);
        stop();
        addTab();
        queryEditor.setValue(query);
        variableEditor.setValue(variables);
        if (variables) document.querySelector('.graphiql-editor-tools [data-name="variables"]')?.click();
        notify('The operation of a link was opened. Nothing was executed: look at it first.');
      } catch {
        notify('The address holds no operation that can be read; that part of it was ignored.');
      }
    }
    void take();
    addEventListener('hashchange', take);
    return () => removeEventListener('hashchange', take);
  }, [ready, queryEditor, variableEditor, addTab, stop]);
}
