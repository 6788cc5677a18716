import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useRef } from 'react';
import { settings } from './settings.js';

let carried = settings.headers;

/** Remembers, in this page's memory alone, what somebody wrote into the editor of request headers. */
export function carry(text) {
  if (text !== settings.headers) carried = text;
}

/** Tabs without headers of their own get those that were written last: credentials are the same for all of them. */
export function useCarriedHeaders() {
  const { stop } = useGraphiQLActions();
  const tab = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.id);
  const editor = useGraphiQL((state) => state.headerEditor);
  const before = useRef(tab);

  useEffect(() => editor?.updateOptions({ wordWrap: 'on' }), [editor]); // credentials are long

  useEffect(() => {
    if (before.current === tab) return;
    before.current = tab;
    stop(); // GraphiQL lets a subscription go on into the answer of a tab that is added
    if (editor?.getValue() === settings.headers) editor.setValue(carried);
  }, [tab, editor, stop]);
}
