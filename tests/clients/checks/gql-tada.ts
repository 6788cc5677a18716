import * as app from '../snippets/gql-tada/members';
import { check, given, same, stranger } from './check';
import { browse } from './page';

browse();
const client = app.createClient(given('GATEWAY'));

await check('inferred documents read members and invite one', async () => {
  same((await app.readMembers(client, 'acme')).length, 3);
  const email = stranger();
  const done = await app.invite(client, { organizationId: 'acme', upstream: 'LOSANT', email, role: 'EDITOR' });
  same([done!.invitation!.email, done!.userErrors], [email, []]);
});

await check('an expected failure stands in userErrors', async () => {
  const done = await app.invite(client, {
    organizationId: 'acme',
    upstream: 'LOSANT',
    email: 'no address',
    role: 'EDITOR',
  });
  same([done!.invitation, done!.userErrors.map(({ code }) => code)], [null, ['BAD_USER_INPUT']]);
});

await check('an unknown organization is null, and NOT_FOUND at its path', async () => {
  same(await app.whyNot(client, 'nobody'), { organization: null, code: 'NOT_FOUND', path: ['organization'] });
});
