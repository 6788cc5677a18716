import { WebSocket } from 'ws';
import { type Options, ask, connect } from '../snippets/graphql-ws';
import { check, given, same, stranger, that } from './check';
import { ORIGIN } from './page';

const socketAt = (name: string) => given(name).replace('http', 'ws');
const url = socketAt('GATEWAY');

/** A browser's WebSocket on a page of an origin. */
const on = (origin: string) =>
  class extends WebSocket {
    constructor(address: string, protocols: string) {
      super(address, protocols, { origin });
    }
  };

/** Connects once, asks for the caller, and says how it ended. */
function ending(options: Partial<Options>, query = '{ viewer { kind } }') {
  return new Promise<{ code?: number; reason?: string; errors?: unknown; data?: unknown; said?: string }>((resolve) => {
    const client = connect({
      url,
      webSocketImpl: on(ORIGIN),
      onClosed: (code, reason) => resolve({ code, reason }),
      ...options,
    });
    ask<unknown>(client, query)
      .then(
        ({ data, errors }) => resolve({ data, ...(errors && { errors }) }),
        (error: unknown) =>
          setTimeout(() => resolve({ said: error instanceof Error ? error.message : JSON.stringify(error) }), 200),
      )
      .finally(() => client.dispose());
  });
}

const client = connect({ url, webSocketImpl: on(ORIGIN) });

await check('a page of another origin reads members over a WebSocket', async () => {
  const query = 'query Members($id: ID!) { organization(id: $id) { members(first: 3) { nodes { name } } } }';
  const { data } = await ask<{ organization: { members: { nodes: unknown[] } } }>(client, query, { id: 'acme' });
  same(data!.organization.members.nodes.length, 3);
});

const INVITE =
  'mutation Invite($input: InviteMemberInput!) { inviteMember(input: $input) { invitation { email } userErrors { code } } }';

await check('a member is invited over it; an expected failure stands in userErrors', async () => {
  const email = stranger();
  const input = { organizationId: 'acme', upstream: 'LOSANT', email, role: 'EDITOR' };
  same((await ask(client, INVITE, { input })).data, { inviteMember: { invitation: { email }, userErrors: [] } });
  const { data } = await ask(client, INVITE, { input: { ...input, email: 'no address' } });
  same(data, { inviteMember: { invitation: null, userErrors: [{ code: 'BAD_USER_INPUT' }] } });
});

await check('an unknown organization is null, and NOT_FOUND at its path', async () => {
  const { data, errors } = await ask(client, '{ organization(id: "nobody") { id } }');
  same(
    [data, errors!.map(({ path, extensions }) => [path, extensions!['code']])],
    [{ organization: null }, [[['organization'], 'NOT_FOUND']]],
  );
});

await check('a document that cannot run is an error of its operation, and the socket stays', async () => {
  const refused = await ask(client, '{ nothing }').then(
    () => undefined,
    (error: unknown) => error as { extensions: { code: string } }[],
  );
  same(
    refused!.map(({ extensions }) => extensions.code),
    ['BAD_USER_INPUT'],
  );
  same((await ask(client, '{ viewer { kind } }')).data, { viewer: { kind: 'ANONYMOUS' } });
});

await client.dispose();

await check('a key in the first message is let in', async () => {
  same(await ending({ url: socketAt('GATEWAY_KEYED'), token: () => given('GATEWAY_KEY') }), {
    data: { viewer: { kind: 'API_KEY' } },
  });
});

for (const [what, token] of [
  ['a wrong key', 'wrong'],
  ['no key', undefined],
] as const) {
  await check(`${what} closes the socket with 4403, and the client does not come back`, async () => {
    const { code, reason } = await ending({ url: socketAt('GATEWAY_KEYED'), token: () => token });
    same([code, reason], [4403, 'Forbidden']);
  });
}

/** How a bare socket ends after it has sent something. */
const closes = (protocols: string[], origin: string, messages: string[]) =>
  new Promise<number | string>((resolve) => {
    const socket = new WebSocket(url, protocols, { origin });
    socket.on('open', () => messages.forEach((message) => socket.send(message)));
    socket.on('error', (error) => resolve(error.message));
    socket.on('close', (code) => resolve(code));
  });

const INIT = '{"type":"connection_init"}';

await check('the handshake of a page elsewhere is refused with 403', async () => {
  same(await closes(['graphql-transport-ws'], 'https://evil.example.com', []), 'Unexpected server response: 403');
});

await check('a client of the old subprotocol graphql-ws alone is not answered in it', async () => {
  same(await closes(['graphql-ws'], ORIGIN, []), 'Server sent no subprotocol');
});

for (const [what, code, protocols, messages] of [
  ['no subprotocol', 4406, [], []],
  [
    'an operation before connection_init',
    4401,
    ['graphql-transport-ws'],
    ['{"id":"1","type":"subscribe","payload":{"query":"{ viewer { kind } }"}}'],
  ],
  ['a second connection_init', 4429, ['graphql-transport-ws'], [INIT, INIT]],
  ['a message of no known type', 4400, ['graphql-transport-ws'], [INIT, '{"type":"start"}']],
] as const) {
  await check(`${what} closes the socket with ${code}`, async () =>
    same(await closes([...protocols], ORIGIN, [...messages]), code),
  );
}

await check('a client of the same origin as the gateway, and one that is no browser, are let in', async () => {
  const own = new URL(given('GATEWAY')).origin;
  same((await ending({ webSocketImpl: on(own) })).data, { viewer: { kind: 'ANONYMOUS' } });
  same((await ending({ webSocketImpl: WebSocket })).data, { viewer: { kind: 'ANONYMOUS' } });
  that(own.startsWith('http://'), own);
});
