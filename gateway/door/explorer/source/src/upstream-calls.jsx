import { useEffect, useRef, useSyncExternalStore } from 'react';
import { waterfall } from '../../../status/static/waterfall.js';
import { plan, snapshot, subscribe, turn } from './trace.js';

function Icon() {
  return (
    <svg height="1em" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round">
      <path d="M3.5 4.5h8v3.5h-8zM8 10.25h9v3.5H8zM14.5 16h6v3.5h-6z" />
    </svg>
  );
}

function Waterfall({ trace }) {
  const place = useRef(null);
  useEffect(() => place.current.replaceChildren(waterfall(trace)), [trace]);
  return <div ref={place} />;
}

function saidOfStream({ name, at, streamed, trace }) {
  const what = `${name ?? 'The subscription'}, ${streamed === 'event' ? 'last event' : 'begun'} at ${at.toLocaleTimeString()}`;
  return trace ? what : `${what}. No calls of its own: the gateway reads each log at intervals, once for all who listen.`;
}

function said({ on, last }) {
  if (last === null) return on ? 'Execute a query: its upstream calls appear here.' : 'Turn tracing on, then execute a query.';
  if (last.streamed) return saidOfStream(last);
  const done = last.trace?.planned ? 'planned' : 'answered';
  if (last.trace) return `${last.name ?? 'The last operation'}, ${done} at ${last.at.toLocaleTimeString()}`;
  if (!last.asked) return 'The last answer was not traced: tracing was off.';
  return 'The last answer holds no trace. The operation was refused, or the caller lacks the scope “trace”.';
}

/** A switch for traces, and the upstream calls of the last answer. */
function UpstreamCalls() {
  const state = useSyncExternalStore(subscribe, snapshot);
  return (
    <section aria-label="Upstream calls" className="upstream-calls">
      <h2>Upstream calls</h2>
      <label>
        <input type="checkbox" role="switch" checked={state.on} onChange={({ target }) => turn(target.checked)} />
        Trace upstream calls
      </label>
      <label>
        <input type="checkbox" role="switch" checked={state.planned} onChange={({ target }) => plan(target.checked)} />
        Plan only: ask no upstream
      </label>
      <p role="status">{said(state)}</p>
      {state.last?.trace && <Waterfall trace={state.last.trace} />}
    </section>
  );
}

export const upstreamCallsPlugin = { title: 'Upstream calls', icon: Icon, content: UpstreamCalls };
