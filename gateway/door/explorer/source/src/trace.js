import { settings } from './settings.js';

const KEY = 'gateway:trace';
const INTROSPECTION = 'IntrospectionQuery';

const chosen = sessionStorage.getItem(KEY);
let state = { on: chosen === null ? settings.traced : chosen === 'on', planned: false, last: null };
const listeners = new Set();

function change(part) {
  state = { ...state, ...part };
  listeners.forEach((listener) => listener());
}

export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * {on: whether requests ask for a trace, planned: whether operations are to be planned only,
 * last: {name, at, asked, streamed, trace} of the last answer, or null}; streamed: `begun` or `event`,
 * where it is a subscription's.
 */
export const snapshot = () => state;

export function turn(on) {
  sessionStorage.setItem(KEY, on ? 'on' : 'off');
  change({ on });
}

/** Lets operations be planned only. A reload forgets it: nobody is to wonder why nothing is carried out. */
export function plan(planned) {
  change({ planned });
}

/** Asks for a trace, or a plan, where that is wanted. GraphiQL's own look at the schema calls no upstream. */
export function askForTrace({ operationName }, headers) {
  if (operationName === INTROSPECTION || !(state.on || state.planned)) return;
  headers.set('GraphQL-Trace', state.planned ? 'plan' : '1');
}

/** Keeps the trace of the last answer; null where it has none. */
export function keepTrace({ operationName }, headers, answer) {
  if (operationName === INTROSPECTION) return;
  const trace = answer?.extensions?.trace ?? null;
  change({ last: { name: operationName, at: new Date(), asked: headers.has('GraphQL-Trace'), trace } });
}

/** Keeps the trace of a subscription's last event, where the event took calls of its own; `answer`: none at first. */
export function keepTraceOfEvent({ operationName }, answer) {
  const trace = answer?.extensions?.trace;
  const last = { name: operationName, at: new Date(), streamed: answer ? 'event' : 'begun' };
  change({ last: { ...last, trace: trace?.calls.length ? trace : null } });
}
