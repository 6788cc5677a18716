// The upstream calls of one operation over time. The explorer's bundle and the status page draw with this one module.
import { amount, bytes, count, counted, definitions, element, milliseconds, span } from './elements.js';

/** What `source` means: in a word, in a sentence, and in one about a call that was planned only. */
const SOURCES = {
  UPSTREAM: ['upstream', 'The upstream was asked.', 'The upstream would be asked.'],
  CACHE: ['cache', 'A kept answer served; the upstream was not asked.', 'A kept answer would serve.'],
  COLLAPSED: [
    'shared',
    'The answer to an identical call that was under way served.',
    'The answer to an identical call would serve.',
  ],
  STALE: ['stale', 'The upstream failed; an older answer served.', 'An older answer would serve.'],
  REFUSED: ['refused', 'The gateway itself let nothing out.', 'The gateway itself would let nothing out.'],
};
const TICKS = [0, 0.25, 0.5, 0.75, 1];

const list = (value) => (Array.isArray(value) ? value : []);
const word = (source) => SOURCES[source]?.[0] ?? String(source).toLowerCase();
const sentence = (source, planned) => SOURCES[source]?.[planned ? 2 : 1] ?? String(source);
const failed = ({ outcome }) => !/^[1234]\d\d$/.test(String(outcome));

/**
 * Draws a trace; without times where the operation was planned only.
 * @param {object} trace `extensions.trace` of an answer.
 * @returns {HTMLElement}
 */
export function waterfall(trace) {
  const planned = trace?.planned === true;
  const calls = [...list(trace?.calls)].sort(byStart);
  const whole = Math.max(amount(trace?.durationMs), ...calls.map(end), 0.001);
  const waves = new Map();
  for (const call of calls) waves.set(call.wave, [...(waves.get(call.wave) ?? []), call]);
  const root = element('div', { class: 'waterfall' }, totals(trace, calls, waves.size));
  if (calls.length === 0) return root;
  root.append(legend(calls, planned));
  if (!planned) root.append(axis(whole));
  const groups = [...waves].map(([number, group]) => wave(number, group, planned ? null : whole));
  root.append(element('ol', { class: 'waterfall-waves', 'aria-label': 'Waves of upstream calls' }, ...groups));
  const leftOut = amount(trace.callsLeftOut);
  if (leftOut) root.append(element('p', { class: 'waterfall-note', text: `${counted(leftOut, 'further call')} not kept.` }));
  return root;
}

const byStart = (one, other) => amount(one.startMs) - amount(other.startMs);
const end = ({ startMs, durationMs }) => amount(startMs) + amount(durationMs);

function totals(trace, calls, waves) {
  const attempts = calls.flatMap((call) => list(call.attempts));
  const lost = attempts.filter(failed).length;
  const of = (source) => calls.filter((call) => call.source === source).length;
  const all = calls.length + amount(trace?.callsLeftOut);
  const planned = trace?.planned === true;
  return definitions('waterfall-totals', [
    ...(planned ? [] : [['Time', milliseconds(trace?.durationMs)]]),
    ['Calls', count(all)],
    ['Waves', count(waves)],
    [planned ? 'To be sent upstream' : 'Sent upstream', count(of('UPSTREAM'))],
    ['From cache', count(of('CACHE'))],
    ...(of('COLLAPSED') ? [['Shared', count(of('COLLAPSED'))]] : []),
    ...(of('STALE') ? [['Stale', count(of('STALE'))]] : []),
    ...(of('REFUSED') ? [['Refused', count(of('REFUSED'))]] : []),
    ...(planned ? [] : received(calls, attempts.length, lost)),
  ]);
}

const received = (calls, attempts, lost) => [
  ['Attempts', lost ? `${count(attempts)}, ${count(lost)} failed` : count(attempts)],
  ['Received', bytes(calls.reduce((sum, call) => sum + amount(call.bytes), 0))],
];

function legend(calls, planned) {
  const used = Object.keys(SOURCES).filter((source) => calls.some((call) => call.source === source));
  const entries = used.map((source) =>
    element('li', { 'data-source': source, title: sentence(source, planned) }, swatch(), SOURCES[source][0]),
  );
  if (calls.some((call) => list(call.attempts).some(failed))) {
    entries.push(element('li', { 'data-failed': true, title: 'An attempt that failed.' }, swatch(), 'failed attempt'));
  }
  const rest = 'In a queue, between two attempts, or being read.';
  if (!planned) entries.push(element('li', { 'data-rest': true, title: rest }, swatch(), 'in the gateway'));
  return element('ul', { class: 'waterfall-legend', 'aria-label': 'Colours' }, ...entries);
}

const swatch = () => element('span', { class: 'waterfall-swatch', 'aria-hidden': 'true' });

function axis(whole) {
  const ticks = TICKS.map((share) => placed(element('span', { text: milliseconds(whole * share) }), share * whole, 0, whole));
  return element('div', { class: 'waterfall-axis', 'aria-hidden': 'true' }, element('span', {}, ...ticks));
}

/** A wave; `whole` is null where there are no times. */
function wave(number, calls, whole) {
  const from = Math.min(...calls.map(({ startMs }) => amount(startMs)));
  const times = whole === null ? '' : `, ${milliseconds(from)} to ${milliseconds(Math.max(...calls.map(end)))}`;
  const told = `${counted(calls.length, 'call')}${times}`;
  return element(
    'li',
    {},
    element('p', { class: 'waterfall-wave' }, element('strong', { text: `Wave ${count(number)}` }), ` ${told}`),
    element('ol', { 'aria-label': `Calls of wave ${count(number)}` }, ...calls.map((call) => row(call, whole))),
  );
}

function row(call, whole) {
  const attempts = list(call.attempts);
  const facts = whole === null ? plan(call) : details(call);
  const outcomes = attempts.map(({ outcome }) => String(outcome)).join(' → ');
  const name = element(
    'span',
    { class: 'waterfall-name' },
    element('b', { text: call.upstream }),
    ' ',
    element('span', { text: call.operation }),
    ...batch(call),
  );
  const source = element(
    'span',
    { class: 'waterfall-source' },
    swatch(),
    [word(call.source), outcomes].filter(Boolean).join(' '),
  );
  const summary = element(
    'summary',
    { title: facts.map(([term, value]) => `${term}: ${value}`).join('\n') },
    element('span', { class: 'waterfall-row' }, name, source, ...times(call, attempts, whole)),
  );
  const tries = attempts.map((each, index) =>
    element('li', {
      text: `Attempt ${index + 1}: ${each.outcome}, ${milliseconds(each.durationMs)} from ${milliseconds(each.startMs)}`,
    }),
  );
  return element(
    'li',
    { class: 'waterfall-call', 'data-source': call.source },
    element(
      'details',
      {},
      summary,
      definitions('waterfall-facts', facts),
      tries.length ? element('ul', { class: 'waterfall-attempts' }, ...tries) : null,
    ),
  );
}

/** How many objects that were wanted at the same time one call reads; nothing where it is one. */
function batch(call) {
  if (amount(call.batch) <= 1) return [];
  const told = `${counted(call.batch, 'object')} in one call`;
  return [' ', element('span', { class: 'waterfall-batch', role: 'img', 'aria-label': told, text: `×${count(call.batch)}` })];
}

function times(call, attempts, whole) {
  if (whole === null) return [];
  const time = element('span', { class: 'waterfall-time', text: milliseconds(call.durationMs) });
  return [time, track(call, attempts, whole)];
}

const objects = (call) => (amount(call.batch) > 1 ? [['Objects in one call', count(call.batch)]] : []);
const age = (call) => (amount(call.ageSeconds) ? [['Age of the answer', span(call.ageSeconds)]] : []);

/** What is known of a call before it is made. */
function plan(call) {
  return [
    ['Source', sentence(call.source, true)],
    ...objects(call),
    ['Breaker', String(call.breaker).toLowerCase()],
    ...(amount(call.throttledSeconds) ? [['The upstream wants to be left alone for', span(call.throttledSeconds)]] : []),
    ...age(call),
  ];
}

function details(call) {
  return [
    ['Source', sentence(call.source, false)],
    ...objects(call),
    ['Start', milliseconds(call.startMs)],
    ['Duration', milliseconds(call.durationMs)],
    ['Waited', milliseconds(call.waitedMs)],
    ['Received', bytes(call.bytes)],
    ['Breaker', String(call.breaker).toLowerCase()],
    ...age(call),
  ];
}

/** The whole call, pale; upon it what was sent, or all but the wait where nothing was. */
function track(call, attempts, whole) {
  const bar = placed(element('span', { class: 'waterfall-bar' }), call.startMs, call.durationMs, whole);
  const parts = attempts.map((each) =>
    placed(
      element('span', { class: 'waterfall-part', 'data-failed': failed(each) }),
      amount(each.startMs),
      each.durationMs,
      whole,
    ),
  );
  if (attempts.length === 0) {
    const waited = Math.min(amount(call.waitedMs), amount(call.durationMs));
    const rest = amount(call.durationMs) - waited;
    parts.push(placed(element('span', { class: 'waterfall-part' }), amount(call.startMs) + waited, rest, whole));
  }
  return element('span', { class: 'waterfall-track', 'aria-hidden': 'true' }, bar, ...parts);
}

/** Places an element between 0 and `whole`; by CSS's object model, which a policy without inline styles lets pass. */
function placed(made, start, length, whole) {
  const left = Math.min(amount(start) / whole, 1);
  made.style.setProperty('--start', `${left * 100}%`);
  made.style.setProperty('--length', `${Math.min(amount(length) / whole, 1 - left) * 100}%`);
  return made;
}
