// Opens the status page, on figures of its own and on those of a running gateway, in Chromium.
// node status.mjs URL FOLDER: what status_page.py serves at URL.
import { BATCHES, batches, EXPECTED, same, told } from './calls.mjs';
import { check, finish, open, shot, until } from './watched.mjs';

const HOSTILE = '<img src=x onerror=globalThis.hacked=1>';
const page = await open('open/status', 'light');
const line = page.getByRole('status');
const last = page.locator('#last');
const names = (place) => place.locator('tbody tr:not(.calls) th').allTextContents();
const post = () => page.evaluate(() => fetch('another', { method: 'POST' }).then(({ status }) => status));

await check('the page tells how the gateway and each upstream do', async () => {
  await page.getByText('Live, asked every 2 s.').waitFor();
  const rows = await page
    .locator('#upstreams tbody tr')
    .evaluateAll((found) => found.map((row) => [...row.children].map(({ textContent }) => textContent)));
  await shot(page, '60-status');
  const gateway = await page.locator('#gateway').textContent();
  return [
    ...same(rows, [
      ['LOSANT', 'up', 'closed', '–', '–', '2', '0', '–'],
      ['NKS', `degraded${HOSTILE}`, 'closed', '1 of 120 calls', '0', '32', '4', '–'],
      ['LOCKTERA', 'downLocktera did not answer in time.', 'open 3.2 s left', '20 of 24 calls', '0', '2', '0', '–'],
      ['CLICKHOUSE', 'up', 'closed', '1 of 120 calls', '2', '2', '0', '7 of 10 in 10 s'],
    ]),
    ...['Version1.2.3', 'Profileexplore', 'Running for1 d 2 h', 'Operations in flight3'].filter((part) => !gateway.includes(part)),
  ];
});

await check('the last operations are listed, newest first, and the slowest, slowest first', async () => [
  ...same(await names(last), ['query Members', 'unread (no name)', 'query Slow', 'query (no name)']),
  ...same((await names(page.locator('#slowest')))[0], 'query Slow'),
]);

await check('an operation opens its waterfall by keyboard', async () => {
  await last.getByRole('button', { name: 'query Slow' }).focus();
  await page.keyboard.press('Enter');
  await last.locator('.waterfall').waitFor();
  await last.locator('.waterfall-call summary').first().click();
  await shot(page, '61-status-calls');
  return [...same(await told(last), EXPECTED), ...same(await batches(last), BATCHES)];
});

await check('new operations come in by themselves, and an open waterfall stays as it is', async () => {
  await post();
  await last.getByRole('button', { name: 'mutation Newest' }).waitFor({ timeout: 15_000 });
  const isOpen = await last.locator('.waterfall-call details').first().evaluate((details) => details.open);
  return [...same((await names(last))[0], 'mutation Newest'), ...same(isOpen, true)];
});

await check('what comes from outside stays text', async () =>
  same([await page.evaluate(() => globalThis.hacked ?? null), await page.locator('img').count()], [null, 0]),
);

await check('nothing is asked while the page is paused', async () => {
  await page.getByRole('button', { name: 'Pause' }).click();
  let asked = 0;
  page.on('request', (request) => (asked += request.url().endsWith('/status.json') ? 1 : 0));
  await page.waitForTimeout(3000);
  const before = asked;
  await page.getByRole('button', { name: 'Pause' }).click();
  await until(() => asked > 0);
  return same(before, 0);
});

await check('nothing is asked while the tab is hidden', async () => {
  let asked = 0;
  const show = (state) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  await show(true);
  page.on('request', (request) => (asked += request.url().endsWith('/status.json') ? 1 : 0));
  await page.waitForTimeout(3000);
  const [before, said] = [asked, await line.textContent()];
  await show(false);
  await until(() => asked > 0);
  return same([before, said], [0, 'Paused while the tab is hidden.']);
});

await check('in the dark, and on a narrow screen, it can be read', async () => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await shot(page, '62-status-dark');
  await page.setViewportSize({ width: 420, height: 900 });
  await shot(page, '63-status-narrow');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  return same(wide, false);
});

const lost = await open('open/status', 'light', { refusals: true });
await check('the page says so when the gateway does not answer, and comes back with it', async () => {
  await lost.getByText('Live, asked every 2 s.').waitFor();
  await lost.route('**/status.json', (route) => route.abort());
  await lost.getByText(/The gateway does not answer. The figures are those of/).waitFor({ timeout: 15_000 });
  await lost.unroute('**/status.json');
  await lost.getByText('Live, asked every 2 s.').waitFor({ timeout: 15_000 });
});

const locked = await open('locked/status', 'dark', { refusals: true });
await check('without a key nothing is shown', async () => {
  await locked.getByLabel('API key or token').waitFor();
  await shot(locked, '64-status-key');
  return same([await locked.locator('main').isVisible(), await locked.locator('#upstreams').textContent()], [false, '']);
});

await check('a key that may not is refused and forgotten', async () => {
  await locked.getByLabel('API key or token').fill('a-key-that-may-not');
  await locked.keyboard.press('Enter');
  await locked.getByText('The key lacks the scope “trace”.').waitFor();
  return same(await locked.evaluate(() => [sessionStorage.length, localStorage.length]), [0, 0]);
});

await check('a key that may is kept in the tab alone', async () => {
  await locked.getByLabel('API key or token').fill('a-key-that-may');
  await locked.getByRole('button', { name: 'Show the status' }).click();
  await locked.locator('#upstreams').getByText('LOSANT').waitFor();
  await locked.reload();
  await locked.locator('#upstreams').getByText('LOSANT').waitFor();
  await locked.locator('#last').getByRole('button', { name: 'query Members' }).click();
  await locked.locator('#last .waterfall').waitFor();
  const stored = await locked.evaluate(() => [sessionStorage.length, localStorage.length, document.cookie]);
  await locked.getByRole('button', { name: 'Forget the key' }).click();
  await locked.getByLabel('API key or token').waitFor();
  return [...same(stored, [1, 0, '']), ...same(await locked.evaluate(() => sessionStorage.length), 0)];
});

await finish();
