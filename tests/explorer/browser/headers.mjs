// The editor of request headers: it tells how credentials are sent, and keeps none.
import { same } from './calls.mjs';
import { explorer, notice, run, setText, settle, tab, textOf } from './editors.mjs';
import { check, open, operations, shot } from './watched.mjs';

export async function headerClaims(settings) {
  const page = await explorer('light');
  const text = () => textOf(page, 'request-headers.json');
  const given = '"Authorization": "Bearer YOUR_KEY",';

  await check('the headers tab tells how to authenticate, and sends nothing as it stands', async () => {
    const hidden = (await page.getByRole('region', { name: 'Headers' }).boundingBox()).x < 0;
    await page.getByRole('button', { name: 'Headers' }).click();
    await page.getByRole('region', { name: 'Headers' }).getByText('Bearer YOUR_KEY').waitFor();
    await shot(page, '75-headers');
    const { data } = await run(page);
    const marks = await page.locator('.graphiql-editor-tool [class*="squiggly"]').count();
    return [
      ...same([hidden, await text(), Boolean(data), marks], [true, settings.headers, true, 0]),
      ...same(operations.at(-1).headers().authorization, undefined),
    ];
  });

  // The sandbox knows no key: what is sent is looked at, and answered here.
  await page.route('**/graphql', (route) => route.fulfill({ json: { data: { viewer: null } } }));
  const sent = async () => {
    await run(page);
    return operations.at(-1).headers().authorization;
  };

  await check('a header is sent when its comment is taken away', async () => {
    await setText(page, 'request-headers.json', settings.headers.replace(`// ${given}`, given));
    return same(await sent(), 'Bearer YOUR_KEY');
  });

  await check('other tabs take the headers that were written last, until they have some of their own', async () => {
    await page.getByRole('button', { name: 'New tab' }).click();
    await setText(page, 'operation.graphql', 'query Fresh { viewer { kind } }');
    const inNew = await sent();
    await setText(page, 'request-headers.json', '{"Authorization": "Bearer OTHER"}');
    await settle(page);
    await tab(page, settings.examples[1].name).click();
    const inOther = await sent();
    await tab(page, settings.examples[0].name).click();
    const inFirst = await sent();
    return same([inNew, inOther, inFirst], ['Bearer YOUR_KEY', 'Bearer OTHER', 'Bearer YOUR_KEY']);
  });

  await check('no header is stored, and a reload forgets them', async () => {
    await page.waitForTimeout(1500);
    const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    const found = ['YOUR_KEY', 'Bearer OTHER'].filter((secret) => stored.includes(secret));
    await page.unroute('**/graphql');
    await page.reload();
    await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    return [...same(found, []), ...same(await text(), settings.headers)];
  });

  await check('where a credential is wanted, the page says where it goes, and reads the schema once it is there', async () => {
    const closed = await open('', 'light', { refusals: true });
    const errors = [{ message: 'The gateway asks for a credential.', extensions: { code: 'UNAUTHENTICATED' } }];
    await closed.route('**/graphql', (route) => {
      const { authorization, ...headers } = route.request().headers();
      if (authorization === 'Bearer YOUR_KEY') return route.continue({ headers });
      return route.fulfill({ status: 401, json: { errors } });
    });
    await closed.reload();
    await notice(closed).getByText('The gateway asks for a credential').waitFor();
    const shown = await closed.getByRole('region', { name: 'Headers' }).boundingBox();
    await shot(closed, '76-credential-wanted');
    const before = operations.length;
    await run(closed);
    await closed.waitForTimeout(500);
    const refused = operations.slice(before).map((request) => request.postDataJSON().operationName);
    await setText(closed, 'request-headers.json', settings.headers.replace(`// ${given}`, given));
    await run(closed);
    await closed.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).first().waitFor();
    await notice(closed).waitFor({ state: 'hidden' });
    return same([shown.x > 0, refused], [true, [settings.examples[0].name]]);
  });
}
