const HISTORY = new Set(['graphiql:queries', 'graphiql:favorites']);

/**
 * The browser's storage without request headers: they hold credentials.
 * GraphiQL leaves them out of its tabs, but not out of the history and the favourites.
 */
function withoutHeaders(history) {
  return JSON.stringify(JSON.parse(history), (key, member) => (key === 'headers' ? undefined : member));
}

const graphiqlKeys = () => Object.keys(localStorage).filter((key) => key.startsWith('graphiql:'));

export const storage = {
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) => localStorage.setItem(key, HISTORY.has(key) ? withoutHeaders(value) : value),
  removeItem: (key) => localStorage.removeItem(key),
  get length() {
    return graphiqlKeys().length;
  },
  clear: () => graphiqlKeys().forEach((key) => localStorage.removeItem(key)),
};

/** True until GraphiQL has stored its tabs once. */
export const isFirstVisit = localStorage.getItem('graphiql:tabState') === null;

if (isFirstVisit) localStorage.setItem('graphiql:docExplorerFlex', '0.3'); // the documentation's share of the width
