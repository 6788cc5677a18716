// Links to operations: what is copied, and what an address brings, good or bad.
import { randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { same } from './calls.mjs';
import { activeTab, explorer, notice, run, setText, settle, tabNames, textOf } from './editors.mjs';
import { base, check, operations, shot, untrusted, until } from './watched.mjs';

const QUERY = 'query Linked($id: ID!) { # größer\n  organization(id: $id) { name }\n}';
const VARIABLES = '{ "id": "acme" }';
const packed = (text) => `#share=${deflateRawSync(text).toString('base64url')}`;
const linkTo = (operation) => packed(JSON.stringify(operation));

const JUNK = {
  'another fragment': '#top',
  'no text': '#share=',
  'no base64': '#share=%3Cimg%20src=x%20onerror=alert(1)%3E',
  'nothing deflated': `#share=${Buffer.from('{"query": "{ viewer { kind } }"}').toString('base64url')}`,
  'a cut link': linkTo({ query: QUERY }).slice(0, -8),
  'no JSON': packed('{ viewer { kind } }'),
  'a query that is no text': linkTo({ query: { a: 1 } }),
  'an empty query': linkTo({ query: ' ' }),
  'variables that are no text': linkTo({ query: QUERY, variables: { id: 1 } }),
  null: packed('null'),
  'six megabytes, packed': linkTo({ query: `{ viewer { kind } } #${' '.repeat(6_000_000)}` }),
  'a long fragment': linkTo({ query: `{ viewer { kind } } #${randomBytes(9000).toString('base64')}` }),
};

export async function linkClaims() {
  const page = await explorer('light');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: base.origin });
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  const button = page.getByRole('button', { name: 'Copy a link to this operation' });
  const secret = 'Bearer not-to-be-shared';
  let link;

  await check('a link holds the operation and its variables in the fragment, and no headers', async () => {
    await setText(page, 'operation.graphql', QUERY);
    await setText(page, 'variables.json', VARIABLES);
    await setText(page, 'request-headers.json', JSON.stringify({ 'X-Test': secret }));
    await settle(page);
    await button.hover();
    await shot(page, '70-share-button');
    await button.click();
    await notice(page).getByText('The link was copied.').waitFor();
    await page.mouse.move(700, 450);
    await shot(page, '71-link-copied');
    link = new URL(await copied());
    const [name, text] = link.hash.split('=');
    const held = JSON.parse(inflateRawSync(Buffer.from(text, 'base64url')).toString());
    await page.getByRole('button', { name: 'Dismiss the notice' }).click();
    await notice(page).waitFor({ state: 'hidden' });
    return [
      ...same([link.origin + link.pathname + link.search, name], [base.href, '#share']),
      ...same(held, { query: QUERY, variables: VARIABLES }),
    ];
  });

  await check('a link opens its operation in a tab of its own, and executes nothing', async () => {
    const before = operations.length;
    const other = await explorer('light', link.hash);
    await notice(other).getByText('Nothing was executed').waitFor();
    await other.waitForTimeout(1500);
    await shot(other, '72-link-opened');
    const sent = operations.slice(before).map((request) => request.postDataJSON().operationName);
    const [names, active] = [await tabNames(other), await activeTab(other)];
    const texts = [await textOf(other, 'operation.graphql'), await textOf(other, 'variables.json')];
    const shown = await other.getByRole('region', { name: 'Variables' }).boundingBox();
    const held = await textOf(other, 'request-headers.json');
    await other.reload();
    await other.locator('.graphiql-query-editor .view-line').first().waitFor();
    await settle(other);
    const again = [await tabNames(other), await textOf(other, 'operation.graphql')];
    const answer = await run(other);
    return [
      ...same([names.at(-1), active, texts], ['Linked', 'Linked', [QUERY, VARIABLES]]),
      ...same(sent.filter((name) => name !== 'IntrospectionQuery'), []),
      ...same([new URL(other.url()).hash, held.includes(secret), shown.x > 0 && shown.height > 60], ['', false, true]),
      ...same(again, [names, QUERY]),
      ...same(answer.data, { organization: { name: 'Acme Corporation' } }),
    ];
  });

  await check('a link that is put into the address of an open page opens, too; headers in it are left out', async () => {
    const before = await tabNames(page);
    const fragment = linkTo({ query: 'query Pasted { viewer { kind } }', headers: '{"X-Evil": "1"}' });
    await page.evaluate((hash) => (location.hash = hash), fragment);
    await notice(page).getByText('Nothing was executed').waitFor();
    await until(async () => (await activeTab(page)) === 'Pasted');
    await run(page);
    return [
      ...same(await tabNames(page), [...before, 'Pasted']),
      ...same([operations.at(-1).headers()['x-evil'], await textOf(page, 'variables.json')], [undefined, '']),
    ];
  });

  await check('what is too long for a link is not copied, and the page says so', async () => {
    const before = await copied();
    await setText(page, 'operation.graphql', `query Long { viewer { kind } } #${randomBytes(9000).toString('base64')}`);
    await settle(page);
    await button.click();
    await notice(page).getByText(/too long for a link: it takes 1\d,\d{3} characters, and 8,000 are the most/).waitFor();
    await shot(page, '73-link-too-long');
    return same(await copied(), before);
  });

  await check('where the browser does not let the page copy, the link can be taken by hand', async () => {
    const plain = await explorer('dark', untrusted.href);
    await setText(plain, 'operation.graphql', QUERY);
    await setText(plain, 'variables.json', VARIABLES);
    await settle(plain);
    await plain.getByRole('button', { name: 'Copy a link to this operation' }).click();
    const field = notice(plain).getByRole('textbox', { name: 'Link' });
    await field.waitFor();
    await shot(plain, '74-link-by-hand');
    const chosen = await plain.evaluate(() => getSelection().toString());
    const address = untrusted.href + link.hash;
    return same([await field.inputValue(), chosen], [address, address]);
  });

  await check('an empty editor is not shared', async () => {
    await setText(page, 'operation.graphql', '\n');
    await settle(page);
    await button.click();
    await notice(page).getByText('There is nothing to share').waitFor();
  });

  const names = await tabNames(page);
  for (const [what, fragment] of Object.entries(JUNK)) {
    await check(`a fragment with ${what} is ignored, with a notice`, async () => {
      await button.click(); // another notice is there before
      await notice(page).getByText('There is nothing to share').waitFor();
      await page.evaluate((hash) => (location.hash = hash), fragment);
      await notice(page).getByText('that part of it was ignored').waitFor();
      return [...same(await tabNames(page), names), ...same(new URL(page.url()).hash, '')];
    });
  }

  await check('no request holds a part of a link', async () => {
    const told = operations.map((request) => request.url() + JSON.stringify(request.headers()));
    return told.filter((text) => text.includes('share=')).slice(0, 1);
  });
}
