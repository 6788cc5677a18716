// The page for operators: asks the gateway every two seconds, while the tab can be seen.
import { ask, key, Refused } from './access.js';
import { OperationsTable } from './operations.js';
import { callsSection, gatewaySection, upstreamsSection } from './sections.js';

const EVERY_MS = 2000;
const REFUSALS = { 401: 'The gateway does not know this key.', 403: 'The key lacks the scope “trace”.' };

const find = (id) => document.getElementById(id);
const tables = { last: new OperationsTable('last-title'), slowest: new OperationsTable('slowest-title') };
const drawn = new Map();
let timer = 0;
let turn = 0;
let since = null; // when the gateway answered last
let paused = false;

for (const [id, { node }] of Object.entries(tables)) find(id).replaceChildren(node);

/** What is read aloud: only what is new. */
function say(text, state) {
  if (find('line').textContent !== text) find('line').textContent = text;
  document.body.dataset.state = state;
}

function draw(id, data, section) {
  const text = JSON.stringify(data);
  if (drawn.get(id) === text) return;
  drawn.set(id, text);
  find(id).replaceChildren(section(data));
}

function show(status) {
  draw('gateway', status.gateway, gatewaySection);
  draw('upstreams', { upstreams: status.upstreams }, upstreamsSection);
  draw('calls', { calls: status.calls, cache: status.cache }, callsSection);
  tables.last.show(status.operations);
  tables.slowest.show(status.slowest);
  find('status').hidden = false;
}

function askForKey(message) {
  find('status').hidden = true;
  find('key').hidden = false;
  find('key-reason').textContent = message;
  find('forget').hidden = true;
  find('pause').hidden = true;
  find('key-value').focus();
  say('A key is needed.', 'locked');
}

async function poll() {
  clearTimeout(timer);
  const mine = (turn += 1);
  try {
    const status = await ask('status.json');
    if (mine !== turn) return;
    show(status);
    since = new Date();
    find('key').hidden = true;
    find('pause').hidden = false;
    find('forget').hidden = key.get() === null;
    say(`Live, asked every ${EVERY_MS / 1000} s.`, 'live');
  } catch (error) {
    if (mine !== turn) return;
    if (error instanceof Refused && error.status in REFUSALS) {
      const had = key.get() !== null;
      key.forget();
      askForKey(had ? REFUSALS[error.status] : 'The gateway shows its status to callers who may see it.');
      return;
    }
    const last = since ? ` The figures are those of ${since.toLocaleTimeString()}.` : '';
    say(`The gateway does not answer.${last} It is asked again every ${EVERY_MS / 1000} s.`, 'lost');
  }
  timer = setTimeout(poll, EVERY_MS);
}

function halt(text) {
  clearTimeout(timer);
  turn += 1;
  say(text, 'paused');
}

/** Asks, or does not, as the tab's and the button's state say. */
function resume() {
  if (!find('key').hidden) return;
  if (document.hidden) halt('Paused while the tab is hidden.');
  else if (paused) halt('Paused.');
  else poll();
}

document.addEventListener('visibilitychange', resume);

find('pause').addEventListener('click', ({ currentTarget }) => {
  paused = !paused;
  currentTarget.setAttribute('aria-pressed', String(paused));
  resume();
});

find('key').addEventListener('submit', (event) => {
  event.preventDefault();
  key.set(find('key-value').value.trim());
  find('key-value').value = '';
  poll();
});

find('forget').addEventListener('click', () => {
  key.forget();
  location.reload();
});

resume();
