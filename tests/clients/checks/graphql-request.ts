import * as snippet from '../snippets/graphql-request';
import { check, given, same, stranger, that } from './check';
import { browse, exchanges } from './page';

browse();
const client = snippet.createClient(given('GATEWAY'));

await check('a page of another origin reads members, with its default headers', async () => {
  const { organization } = await snippet.readMembers(client, 'acme');
  same([organization!.name, organization!.members!.nodes.length], ['Acme Corporation', 3]);
  that(
    exchanges[0]!.headers.get('accept')!.includes('application/graphql-response+json'),
    exchanges[0]!.headers.get('accept'),
  );
});

await check('an unknown organization is NOT_FOUND at its path', async () => {
  same(await snippet.whyNot(client, 'nobody'), { status: 200, code: 'NOT_FOUND', path: ['organization'] });
});

await check('a member is invited', async () => {
  const email = stranger();
  const done = await snippet.invite(client, { organizationId: 'acme', upstream: 'LOSANT', email, role: 'EDITOR' });
  same([done.invitation!.email, done.userErrors], [email, []]);
});

await check('an expected failure stands in userErrors', async () => {
  const done = await snippet.invite(client, {
    organizationId: 'nobody',
    upstream: 'LOSANT',
    email: stranger(),
    role: 'EDITOR',
  });
  same([done.invitation, done.userErrors], [null, [{ code: 'NOT_FOUND', field: ['organizationId'] }]]);
});

await check('several documents in one request are refused, as batching is off', async () => {
  const one = { document: '{ viewer { kind } }' };
  const refused = await client.batchRequests([one, one]).then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  that(refused?.message.includes('BAD_USER_INPUT') || refused?.message.includes('400'), refused?.message);
});

await check('a wrong key is 401 and UNAUTHENTICATED', async () => {
  const why = (await snippet.whyNot(snippet.createClient(given('GATEWAY_KEYED'), 'wrong'), 'acme')) as {
    status: number;
    code: string;
  };
  same([why.status, why.code], [401, 'UNAUTHENTICATED']);
});

await check('a page of an origin that is not listed is not let in', async () => {
  browse('https://evil.example.com');
  const refused = await snippet.readMembers(client, 'acme').then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  that(refused instanceof TypeError && refused.message.includes('preflight'), refused?.message);
});
