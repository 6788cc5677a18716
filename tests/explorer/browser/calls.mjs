// The explorer's panel of upstream calls, with answers of the running gateway and with a recorded one.
import { readFile } from 'node:fs/promises';
import { check, operations, shot } from './watched.mjs';

export const recorded = JSON.parse(await readFile(new URL('trace.json', import.meta.url), 'utf8'));

/** What the panel says of each call: [wave, upstream, operation, source and outcomes, time]. */
export const told = (place) =>
  place.locator('.waterfall-waves > li').evaluateAll((waves) =>
    waves.flatMap((wave) =>
      [...wave.querySelectorAll('.waterfall-call')].map((call) => [
        wave.querySelector('.waterfall-wave strong').textContent,
        ...['.waterfall-name b', '.waterfall-name span', '.waterfall-source', '.waterfall-time'].map(
          (part) => call.querySelector(part).textContent,
        ),
      ]),
    ),
  );

/** {term: value} of the totals. */
export const totals = (place) =>
  place.locator('.waterfall-totals > div').evaluateAll((groups) =>
    Object.fromEntries(groups.map((group) => [...group.children].map(({ textContent }) => textContent))),
  );

export const EXPECTED = [
  ['Wave 1', 'LOSANT', 'org.get', 'upstream 503 → 200', '96 ms'],
  ['Wave 1', 'CLICKHOUSE', 'organizations.get', 'cache', '0.1 ms'],
  ['Wave 1', 'NKS', 'organizations.list', 'shared', '61 ms'],
  ['Wave 2', 'LOSANT', 'org.members', 'upstream 200', '88 ms'],
  ['Wave 2', 'LOCKTERA', '<img src=x onerror=globalThis.hacked=1>', 'stale UPSTREAM_TIMEOUT', '251 ms'],
  ['Wave 3', 'LOCKTERA', 'logs.list', 'refused', '34 ms'],
];

/** {accessible name: text} of the marks of calls that read many objects, with the operation of each. */
export async function batches(place) {
  const marks = await place.getByRole('img', { name: 'in one call' }).all();
  return Promise.all(
    marks.map(async (mark) => [
      await mark.locator('xpath=preceding-sibling::span[1]').textContent(),
      await mark.getAttribute('aria-label'),
      await mark.textContent(),
    ]),
  );
}

export const BATCHES = [['organizations.list', '12 objects in one call', '×12']];

/** Whether two values are the same JSON; else what was found. */
export const same = (found, expected) =>
  JSON.stringify(found) === JSON.stringify(expected) ? [] : [`found ${JSON.stringify(found)}`];

export async function callsClaims({ page, run, setText, settings }) {
  const panel = page.getByRole('region', { name: 'Upstream calls' });
  const control = panel.getByRole('switch', { name: 'Trace upstream calls' });
  const asked = () => operations.at(-1).headers()['graphql-trace'];
  await page.getByRole('button', { name: 'Show Upstream calls' }).click();

  await check('tracing is on from the start on the sandbox, and can be turned off and on by keyboard', async () => {
    if (!settings.traced || !(await control.isChecked())) return ['it is off'];
    await run(page);
    if (asked() !== '1') return ['it is on, and no trace was asked for'];
    await control.focus();
    await page.keyboard.press('Space');
    await run(page);
    if (asked() !== undefined) return ['it is off, and a trace was asked for'];
    await page.reload();
    await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    if (await control.isChecked()) return ['a reload turned it on'];
    await control.check();
    return same(await page.evaluate(() => [sessionStorage.getItem('gateway:trace'), localStorage.getItem('gateway:trace')]), ['on', null]);
  });

  await check("an answer's upstream calls stand in the panel", async () => {
    await setText(page, 'operation.graphql', settings.examples[0].query);
    const { extensions } = await run(page);
    const { calls } = extensions.trace;
    await shot(page, '50-calls');
    if (calls.length === 0) return ['the example made no call'];
    const names = (await told(panel)).map(([, upstream, operation]) => [upstream, operation]);
    return same(names, calls.map(({ upstream, operation }) => [upstream, operation]));
  });

  await check('an operation is planned on demand: its calls are told, and none is made', async () => {
    const plans = panel.getByRole('switch', { name: 'Plan only: ask no upstream' });
    const before = await plans.isChecked();
    await plans.focus();
    await page.keyboard.press('Space');
    const { data, errors, extensions } = await run(page);
    await panel.getByText(/planned at/).waitFor();
    await shot(page, '53-calls-planned');
    const { calls } = extensions.trace;
    const names = await panel.locator('.waterfall-name b').allTextContents();
    const drawn = await panel.locator('.waterfall-track, .waterfall-time, .waterfall-axis').count();
    const wanted = asked();
    await plans.uncheck();
    await run(page);
    return [
      ...same([before, data, errors ?? [], wanted, asked()], [false, {}, [], 'plan', '1']),
      ...same(drawn, 0),
      ...(calls.length ? same(names.toSorted(), calls.map(({ upstream }) => upstream).toSorted()) : ['no call is planned']),
    ];
  });

  const answer = { data: { viewer: null }, extensions: { trace: recorded } };
  await page.route('**/graphql', (route) => route.fulfill({ json: answer }));

  await check('calls stand in waves, each with its source, its outcomes and its time, as text', async () => {
    await run(page);
    return same(await told(panel), EXPECTED);
  });

  await check('a call that reads many objects says how many, to those who see and to those who hear', async () => {
    const call = panel.locator('.waterfall-call').filter({ hasText: 'organizations.list' });
    await call.locator('summary').click();
    const facts = await call.locator('.waterfall-facts').textContent();
    return [...same(await batches(panel), BATCHES), ...(facts.includes('Objects in one call12') ? [] : [facts])];
  });

  await check('the totals count calls by source, and attempts that failed', async () => {
    const { Calls, Waves, Time, 'From cache': cached, Attempts } = await totals(panel);
    return same([Calls, Waves, Time, cached, Attempts], ['6', '3', '413 ms', '1', '4, 2 failed']);
  });

  await check('bars lie where their times are, failed attempts are marked', async () => {
    const call = panel.locator('.waterfall-call').first();
    const track = await call.locator('.waterfall-track').boundingBox();
    const parts = call.locator('.waterfall-part');
    const places = [];
    for (const box of [await parts.nth(0).boundingBox(), await parts.nth(1).boundingBox()]) {
      places.push(Math.round(((box.x - track.x) / track.width) * 412.6), Math.round((box.width / track.width) * 412.6));
    }
    const wrong = [4, 30, 56, 45].filter((expected, index) => Math.abs(places[index] - expected) > 3);
    const marks = await parts.evaluateAll((found) => found.map((part) => 'failed' in part.dataset));
    return [...wrong.map(() => `at ${places.join()}`), ...same(marks, [true, false])];
  });

  await check('a call opens by keyboard and tells its bytes, its breaker and its attempts', async () => {
    const call = panel.locator('.waterfall-call').first();
    await call.locator('summary').focus();
    await page.keyboard.press('Enter');
    await call.getByText('Attempt 1: 503, 30 ms from 4.4 ms').waitFor({ state: 'visible' });
    const facts = await call.locator('.waterfall-facts').textContent();
    await shot(page, '51-calls-recorded');
    await page.emulateMedia({ colorScheme: 'dark' });
    await shot(page, '52-calls-recorded-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    return ['Received2.3 kB', 'Breakerclosed', 'Waited22 ms'].filter((fact) => !facts.includes(fact));
  });

  await check('what comes from outside stays text', async () =>
    same([await page.evaluate(() => globalThis.hacked ?? null), await panel.locator('img').count()], [null, 0]),
  );

  await check('an answer without a trace says so', async () => {
    delete answer.extensions;
    await run(page);
    await panel.getByText('The last answer holds no trace.').waitFor();
    return same(await panel.locator('.waterfall').count(), 0);
  });
  await page.unroute('**/graphql');
}
