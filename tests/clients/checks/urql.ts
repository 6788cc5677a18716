import * as urql from '../snippets/urql';
import * as later from '../snippets/urql-later';
import { check, given, same, stranger, that } from './check';
import { browse, exchanges } from './page';

browse();
const url = given('GATEWAY');
const client = urql.createClient(url);

await check('a page of another origin reads members by GET, with its default headers', async () => {
  const { data, error } = await urql.readMembers(client, 'acme');
  same([data?.organization?.members?.nodes.length, error], [3, undefined]);
  const { method, headers, type } = exchanges[0]!;
  same(method, 'GET');
  that(headers.get('accept')!.includes('multipart/mixed'), headers.get('accept'));
  that(type.startsWith('application/graphql-response+json'), type);
});

await check('what was read stands in the cache', async () => {
  const seen = exchanges.length;
  await urql.readMembers(client, 'acme');
  same(exchanges.length, seen);
});

await check('an unknown organization is null, and NOT_FOUND at its path', async () => {
  same(await urql.whyNot(client, 'nobody'), { code: 'NOT_FOUND', path: ['organization'] });
});

await check('a member is invited', async () => {
  const email = stranger();
  const done = await urql.invite(client, { organizationId: 'acme', upstream: 'LOSANT', email, role: 'EDITOR' });
  same([done!.invitation!.email, done!.userErrors], [email, []]);
});

await check('an expected failure stands in userErrors', async () => {
  const done = await urql.invite(client, {
    organizationId: 'acme',
    upstream: 'LOCKTERA',
    email: stranger(),
    role: 'EDITOR',
  });
  same([done!.invitation, done!.userErrors.map(({ code }) => code)], [null, ['UNSUPPORTED']]);
});

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

await check('a file is sent', async () => {
  const logo = new File([Buffer.from(PNG, 'base64')], 'logo.png', { type: 'image/png' });
  const done = await urql.setLogo(client, 'acme', logo);
  same(done!.userErrors, []);
  that(done!.organization!.logoUrl?.startsWith('http'), done);
  that(exchanges.at(-1)!.headers.get('content-type')!.startsWith('multipart/form-data'), exchanges.at(-1));
});

await check('persisted queries go by their hashes', async () => {
  const seen = exchanges.length;
  for (const persisted of [urql.createPersistedClient(url), urql.createPersistedClient(url)]) {
    const { data } = await urql.readMembers(persisted, 'megacorp');
    same(data?.organization?.members?.nodes.length, 3);
  }
  const sent = exchanges
    .slice(seen)
    .map(({ method, url: { searchParams }, body }) => [
      method,
      searchParams.has('query') || body?.['query'] !== undefined,
    ]);
  same(sent, [
    ['GET', false],
    ['GET', true],
    ['GET', false],
  ]);
});

await check('a key is let in, a wrong one is UNAUTHENTICATED', async () => {
  const { data } = await urql.readMembers(urql.createClient(given('GATEWAY_KEYED'), given('GATEWAY_KEY')), 'acme');
  same(data?.organization?.members?.nodes.length, 3);
  const why = (await urql.whyNot(urql.createClient(given('GATEWAY_KEYED'), 'wrong'), 'acme')) as { code: string };
  same(why.code, 'UNAUTHENTICATED');
});

async function overviews() {
  const seen: [later.OverviewData, boolean][] = [];
  await later.showOverview(later.createClient(url), 'northwind', (data, complete) => seen.push([data, complete]));
  return seen;
}

await check('a deferred fragment comes later than the rest', async () => {
  const seen = await overviews();
  same(exchanges.at(-1)!.type, 'multipart/mixed; boundary="-"; deferSpec=20220824');
  const [first, complete] = seen[0]!;
  same([first.organization!.name, first.organization!.usage, complete], ['Northwind Telemetry', undefined, false]);
  const [last, over] = seen.at(-1)!;
  same([typeof last.organization!.usage!.cost!.total, last.organization!.usage!.cost!.unit, over], ['number', 'CHC', true]);
});

await check('a streamed list begins with as many items as were wanted at once, and is the whole list at last', async () => {
  const seen = await overviews();
  const { data } = await client.query(
    `query { organization(id: "northwind") { id members(first: 10) { nodes { id name } } } }`,
    {},
  );
  const nodes = (data as later.OverviewData).organization!.members!.nodes.map(({ id, name }) => [id, name]);
  const shown = (data: later.OverviewData) => data.organization!.members!.nodes.map(({ id, name }) => [id, name]);
  same(shown(seen[0]![0]), nodes.slice(0, 2));
  same(shown(seen.at(-1)![0]), nodes);
  that(nodes.length > 2, nodes);
});

await check('by itself it takes parts, too, and puts fragments together', async () => {
  const seen: unknown[] = [];
  await new Promise<void>((resolve) => {
    client
      .query(`query { organization(id: "acme") { id ... @defer { name members(first: 1) { totalCount } } } }`, {})
      .subscribe(({ data, hasNext }) => {
        seen.push(data);
        if (!hasNext) resolve();
      });
  });
  that(exchanges.at(-1)!.type.startsWith('multipart/mixed'), exchanges.at(-1)!.type);
  same((seen.at(-1) as { organization: { name: string } }).organization.name, 'Acme Corporation');
});
