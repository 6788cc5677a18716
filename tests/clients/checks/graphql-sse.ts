import { type Activity, createEventClient, follow } from '../snippets/graphql-sse';
import { check, given, same, stranger, that } from './check';
import { browse, exchanges } from './page';

const plain = globalThis.fetch;
browse();
const url = given('GATEWAY');

const INVITE = 'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { userErrors { message } } }';

/** Does something that ClickHouse Cloud logs. */
async function invite() {
  const input = { organizationId: 'acme', upstream: 'CLICKHOUSE', email: stranger(), role: 'VIEWER' };
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ query: INVITE, variables: { input } });
  const answer = await (await plain(url, { method: 'POST', headers, body })).json();
  same(answer.data, { inviteMember: { userErrors: [] } });
}

/** The next activity, while somebody invites people. */
async function next(activities: AsyncGenerator<Activity>) {
  const inviting = setInterval(() => void invite(), 1_500);
  try {
    return (await activities.next()).value as Activity;
  } finally {
    clearInterval(inviting);
  }
}

let last = '';

await check('a page of another origin hears what happens', async () => {
  const activities = follow(createEventClient(url), 'acme');
  const { id, action } = await next(activities);
  same(action, 'organization_invite_create');
  last = id;
  await activities.return(undefined);
  const { type, headers } = exchanges.at(-1)!;
  same([type, headers.get('accept')], ['text/event-stream; charset=utf-8', 'text/event-stream']);
});

await check('who comes back is told what happened meanwhile, once', async () => {
  await invite();
  const activities = follow(createEventClient(url), 'acme', last);
  const first = (await activities.next()).value as Activity;
  const second = await next(activities);
  await activities.return(undefined);
  same(new Set([last, first.id, second.id]).size, 3);
});

await check('what cannot begin is told with its code, and is the end', async () => {
  const refused = await follow(createEventClient(url), 'nobody')
    .next()
    .catch((error: unknown) => error as { extensions: { code: string } });
  same((refused as { extensions: { code: string } }).extensions.code, 'NOT_FOUND');
});

await check('a wrong key is refused with 401, and the client does not come back', async () => {
  const before = exchanges.length;
  const refused = await follow(createEventClient(given('GATEWAY_KEYED'), () => 'wrong'), 'acme')
    .next()
    .catch((error: unknown) => error as { response: Response });
  same((refused as { response: Response }).response.status, 401);
  same(exchanges.length - before, 1);
});

await check('a query is one event, then the end', async () => {
  const answers = [];
  for await (const answer of createEventClient(url).iterate({ query: '{ viewer { kind } }' })) answers.push(answer);
  same(
    answers.map(({ data }) => data),
    [{ viewer: { kind: 'ANONYMOUS' } }],
  );
  that(exchanges.at(-1)!.type.startsWith('text/event-stream'), exchanges.at(-1)!.type);
});

// graphql-sse 2 can keep a stream open that was given up in the very moment in which it told something.
process.exit();
