import * as urql from '../snippets/urql';
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
