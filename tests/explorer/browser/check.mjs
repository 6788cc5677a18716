// Opens the explorer of a running gateway in Chromium and uses it as a person would.
// node check.mjs http://127.0.0.1:8000/ FOLDER_FOR_SCREENSHOTS
// SCREENSHOT_FOR_README=path makes the picture of the README anew.
import { callsClaims } from './calls.mjs';
import { explorer, run, setText, settle, tab as tabOf, tabNames as namesOf, textOf } from './editors.mjs';
import { headerClaims } from './headers.mjs';
import { linkClaims } from './links.mjs';
import { portray } from './portrait.mjs';
import { streamClaims } from './streams.mjs';
import { check, finish, operations, shot, until } from './watched.mjs';

const page = await explorer('light');
const settings = JSON.parse(await page.locator('#settings').textContent());
const tab = (name) => tabOf(page, name);
const tabNames = () => namesOf(page);

await check('the first visit opens every example, the first one active', async () => {
  const names = await tabNames();
  const expected = settings.examples.map(({ name }) => name);
  const active = await page.locator('.graphiql-tab-active .graphiql-tab-button').textContent();
  return names.join() === expected.join() && active === expected[0] ? [] : [names.join(), active];
});

await check('the documentation lists Query', async () => {
  await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).first().waitFor();
  await shot(page, '01-first-visit');
  await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).first().click();
  await page.locator('.graphiql-doc-explorer').getByText('organizationsByIds').first().waitFor();
  await shot(page, '02-documentation');
});

for (const [index, { name }] of settings.examples.entries()) {
  if (name === 'ActivityAdded') continue; // in streams.mjs
  const wanted = name === 'NotFound' ? ['NOT_FOUND at missing'] : [];
  await check(`the example ${name} is answered with data and ${wanted.join() || 'without errors'}`, async () => {
    await tab(name).click();
    const answer = await run(page);
    await shot(page, `10-example-${String(index + 1).padStart(2, '0')}-${name}`);
    if (!answer.data) return ['no data', JSON.stringify(answer).slice(0, 300)];
    const told = (answer.errors ?? []).map(({ path, extensions }) => `${extensions.code} at ${path}`);
    const empty = Object.entries(answer.data).filter(([, value]) => value === null);
    const missing = empty.filter(([field]) => !wanted.some((error) => error.endsWith(` at ${field}`)));
    return [...(told.join() === wanted.join() ? [] : [told.join()]), ...missing.map(([field]) => `${field} is null`)];
  });
}

await check('operations carry the preflight header and ask for the GraphQL media type', async () => {
  const wrong = operations.filter((request) => {
    const headers = request.headers();
    return (
      headers['graphql-preflight'] !== '1' ||
      headers.accept !== 'application/graphql-response+json, application/json, text/event-stream' ||
      headers['content-type'] !== 'application/json'
    );
  });
  return wrong.map((request) => JSON.stringify(request.headers()));
});

await check('GraphQL and JSON are checked in workers', async () => {
  const running = page.workers().map((worker) => new URL(worker.url()).pathname);
  return ['graphql.worker', 'json.worker', 'editor.worker']
    .filter((name) => !running.some((path) => path.includes(name)))
    .map((name) => `no ${name}`);
});

await check('the editor colours the query', async () => {
  const classes = await page.locator('.graphiql-query-editor .view-line span span').evaluateAll((spans) => [
    ...new Set(spans.map((span) => getComputedStyle(span).color)),
  ]);
  return classes.length >= 4 ? [] : [`only ${classes.join()}`];
});

await check('the editor completes fields of the schema', async () => {
  await page.getByRole('button', { name: 'New tab' }).click();
  await page.locator('.graphiql-query-editor .monaco-editor').first().click();
  await page.keyboard.type('{ organi');
  await page.locator('.suggest-widget .monaco-list-row').first().waitFor();
  const offers = await page.locator('.suggest-widget .monaco-list-row').allTextContents();
  await shot(page, '20-completion');
  return offers.some((offer) => offer.includes('organizations')) ? [] : [offers.join()];
});

await check('the editor marks a field that the schema does not have', async () => {
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('{ nothing');
  await page.keyboard.press('Escape');
  await page.locator('.graphiql-query-editor .squiggly-error').first().waitFor();
});

await check('prettify lays out the query and the variables', async () => {
  await setText(page, 'operation.graphql', 'query Mine{viewer{kind # who\nscopes}}');
  await setText(page, 'variables.json', '{"a":1,"b":[true]}');
  await settle(page);
  await page.getByRole('button', { name: /Prettify/ }).click();
  await until(async () => (await textOf(page, 'operation.graphql')).includes('  viewer {\n    kind # who\n'));
  await until(async () => (await textOf(page, 'variables.json')).includes('{\n  "a": 1,\n'));
});

await check('request headers are sent, and not stored', async () => {
  const secret = 'Bearer not-to-be-stored';
  await setText(page, 'variables.json', '');
  await page.getByRole('button', { name: 'Headers' }).click();
  await setText(page, 'request-headers.json', JSON.stringify({ 'X-Test': secret }));
  await run(page);
  const problems = operations.at(-1).headers()['x-test'] === secret ? [] : ['the header was not sent'];
  await page.waitForTimeout(1500);
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage }));
  if (!stored.includes('query Mine')) problems.push('the query was not stored');
  if (stored.includes(secret)) problems.push('the header was stored');
  return problems;
});

await check('the history has what was run', async () => {
  await page.getByRole('button', { name: 'Show History' }).click();
  await page.locator('.graphiql-history-item').first().waitFor();
  await shot(page, '30-history');
  const items = await page.locator('.graphiql-history-item').count();
  return items >= settings.examples.length ? [] : [`${items} items`];
});

await check('the explorer panel shows the fields of Query', async () => {
  await page.getByRole('button', { name: 'Show GraphiQL Explorer' }).click();
  await page.locator('.graphiql-explorer-root').getByText('viewer').first().waitFor();
  await shot(page, '31-explorer-panel');
});

await check('the examples panel lists every example and shows the one clicked', async () => {
  await page.getByRole('button', { name: 'Show Examples' }).click();
  const last = settings.examples.at(-1);
  await page.locator('.examples button', { hasText: last.about }).click();
  await page.waitForTimeout(300);
  await shot(page, '32-examples-panel');
  const listed = await page.locator('.examples button').count();
  const shown = await textOf(page, 'operation.graphql');
  if (shown.trim() !== last.query.trim()) return [shown];
  return listed === settings.examples.length ? [] : [`${listed} listed`];
});

await check('an edit outlives a reload', async () => {
  await tab('Mine').click();
  await page.waitForTimeout(1500);
  await page.reload();
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  const names = await tabNames();
  const query = await textOf(page, 'operation.graphql');
  return names.includes('Mine') && query.includes('query Mine') ? [] : [names.join(), query];
});

await callsClaims({ page, run, setText, settings });
await headerClaims(settings);
await linkClaims();
await streamClaims();

const dark = await explorer('dark');
await check('the dark theme follows the system', async () => {
  await run(dark);
  await shot(dark, '40-dark');
  const colour = await dark
    .locator('.graphiql-container')
    .evaluate((element) => getComputedStyle(element).backgroundColor);
  const [red] = colour.match(/\d+/g).map(Number);
  return red < 80 ? [] : [colour];
});

await check('the bundled fonts are used', async () => {
  const loaded = await dark.evaluate(() =>
    [...document.fonts].filter(({ status }) => status === 'loaded').map(({ family }) => family),
  );
  return ['Roboto', 'Fira Code'].filter((name) => !loaded.some((font) => font.includes(name)));
});

if (process.env.SCREENSHOT_FOR_README) await portray(process.env.SCREENSHOT_FOR_README);

await finish();
