import { settings } from './settings.js';

const KEY = 'gateway:trace';
const INTROSPECTION = 'IntrospectionQuery';

const chosen = sessionStorage.getItem(KEY);
let state = { on: chosen === null ? settings.traced : chosen === 'on', last: null };
const listeners = new Set();

function change(part) {
  state = { ...state, ...part };
  listeners.forEach((listener) => listener());
}

export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** {on: whether requests ask for a trace, last: {name, at, asked, trace} of the last answer, or null}. */
export const snapshot = () => state;

export function turn(on) {
  sessionStorage.setItem(KEY, on ? 'on' : 'off');
  change({ on });
}

/** Asks for a trace, where that is wanted. GraphiQL's own look at the schema calls no upstream. */
export function askForTrace({ operationName }, headers) {
  if (state.on && operationName !== INTROSPECTION) headers.set('GraphQL-Trace', '1');
}

/** Keeps the trace of the last answer; null where it has none. */
export function keepTrace({ operationName }, headers, answer) {
  if (operationName === INTROSPECTION) return;
  const trace = answer?.extensions?.trace ?? null;
  change({ last: { name: operationName, at: new Date(), asked: headers.has('GraphQL-Trace'), trace } });
}
