// The gateway, its upstreams, its cache: figures that are drawn anew when they change.
import { amount, bytes, count, counted, definitions, element, span } from './elements.js';

const NONE = '–';
const STATES = { UP: 'good', DEGRADED: 'fair', DOWN: 'bad', CLOSED: 'good', PROBING: 'fair', OPEN: 'bad' };

/** A state in its own word, with a colour that says the same. */
export function badge(word) {
  return element('span', { class: 'badge', 'data-is': STATES[word] ?? 'other', text: String(word).toLowerCase().replaceAll('_', ' ') });
}

export function gatewaySection(gateway) {
  return definitions('figures', [
    ['Version', String(gateway.version)],
    ['Profile', String(gateway.profile)],
    ['Running for', span(gateway.uptimeSeconds)],
    ['Since', new Date(amount(gateway.started) * 1000).toLocaleString()],
    ['Operations in flight', count(gateway.operationsInFlight)],
    ['Takes requests', gateway.draining ? 'no, it is draining' : 'yes'],
  ]);
}

const COLUMNS = ['Upstream', 'State', 'Breaker', 'Failed of late', 'Throttled credentials', 'In flight', 'Waiting', 'Own rate'];

export function upstreamsSection({ upstreams }) {
  const heads = COLUMNS.map((text) => element('th', { scope: 'col', text }));
  return element(
    'table',
    { 'aria-labelledby': 'upstreams-title' },
    element('thead', {}, element('tr', {}, ...heads)),
    element('tbody', {}, ...upstreams.map(upstreamRow)),
  );
}

function upstreamRow({ upstream, state, reason, breaker, throttledCredentials, inFlight, waiting, rate }) {
  const why = reason ? element('span', { class: 'reason', text: reason }) : null;
  return element(
    'tr',
    {},
    element('th', { scope: 'row', text: upstream }),
    element('td', {}, badge(state), why),
    element('td', {}, breaker ? breakerState(breaker) : NONE),
    cell(breaker?.calls ? `${count(breaker.failures)} of ${counted(breaker.calls, 'call')}` : null),
    cell(throttledCredentials ?? null, count),
    cell(inFlight ?? null, count),
    cell(waiting ?? null, count),
    cell(rate && rateText(rate)),
  );
}

function breakerState({ state, secondsLeft }) {
  const left = state === 'OPEN' ? ` ${span(secondsLeft)} left` : '';
  return element('span', {}, badge(state), left);
}

function rateText({ used, most, seconds }) {
  const share = used === null || used === undefined ? `at most ${count(most)}` : `${count(used)} of ${count(most)}`;
  return `${share} in ${span(seconds)}`;
}

function cell(value, write = String) {
  return element('td', { text: value === null || value === undefined ? NONE : write(value) });
}

export function callsSection({ calls, cache }) {
  const kept = cache
    ? [
        ['Answers kept', `${count(cache.entries)} of ${count(cache.mostEntries)}`],
        ['Memory for them', `${bytes(cache.bytes)} of ${bytes(cache.mostBytes)}`],
      ]
    : [['Cache', 'off']];
  const saved = amount(calls.CACHE) + amount(calls.COLLAPSED);
  const all = saved + amount(calls.UPSTREAM);
  return definitions('figures', [
    ['Sent upstream', count(calls.UPSTREAM)],
    ['From cache', count(calls.CACHE)],
    ['Shared', count(calls.COLLAPSED)],
    ['Saved', all ? `${Math.round((saved / all) * 100)} %` : NONE],
    ['Stale', count(calls.STALE)],
    ['Refused', count(calls.REFUSED)],
    ...kept,
  ]);
}
