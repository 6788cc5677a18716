import * as app from '../snippets/graphql-codegen/members';
import { check, given, same, stranger, that } from './check';
import { browse } from './page';

browse();
const url = given('GATEWAY');

await check('generated documents read members and invite one', async () => {
  same((await app.memberNames(url, 'acme')).length, 3);
  const email = stranger();
  const done = await app.invite(url, { organizationId: 'acme', upstream: 'LOSANT', email, role: 'EDITOR' });
  same([done!.invitation!.email, done!.userErrors], [email, []]);
});

await check('an unknown organization is null, and NOT_FOUND at its path', async () => {
  const { data, errors } = await app.execute(url, app.MEMBERS, { id: 'nobody', first: 1 });
  same(
    [data, errors!.map(({ path, extensions }) => [path, extensions.code])],
    [{ organization: null }, [[['organization'], 'NOT_FOUND']]],
  );
});

const trusted = process.env['GATEWAY_CODEGEN'];
if (trusted) {
  await check('its manifest is taken: its documents run by their ids', async () => {
    same((await app.memberNames(trusted, 'acme', 'id')).length, 3);
    const email = stranger();
    const done = await app.invite(trusted, { organizationId: 'acme', upstream: 'LOSANT', email, role: 'EDITOR' }, 'id');
    same(done!.invitation!.email, email);
  });

  await check('anything else does not run there', async () => {
    const answer = async (query: string) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(trusted, { method: 'POST', headers, body: JSON.stringify({ query }) });
      return (await response.json()) as app.Answer<unknown>;
    };
    const { errors } = await answer('{ viewer { kind } }');
    that(errors && errors[0]!.message.startsWith('Only registered documents run here'), errors);
  });
}
