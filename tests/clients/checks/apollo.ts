import { ApolloClient, HttpLink, gql } from '@apollo/client';
import { Defer20220824Handler } from '@apollo/client/incremental';
import * as later from '../snippets/apollo-later';
import * as apollo from '../snippets/apollo/members';
import { createClient as createPersistedClient, createTrustedClient } from '../snippets/apollo/persisted-queries';
import { buildSchema, isInterfaceType, isObjectType } from 'graphql';
import { readFileSync } from 'node:fs';
import { check, given, same, stranger, that } from './check';
import { browse, exchanges } from './page';

browse();
const url = given('GATEWAY');
const client = apollo.createClient(url);

await check('a page of another origin reads two pages of members, which the cache joins', async () => {
  const members = await apollo.readMembers(client, 'acme', 2);
  same(members.length, 6);
  same(new Set(members.map(({ id }) => id)).size, 6);
});

await check('its default headers are let in, its own media type is answered', () => {
  const { headers, type, body } = exchanges[0]!;
  same(headers.get('apollographql-client-name'), 'members-app');
  same((body!['extensions'] as Record<string, { name: string }>)['clientLibrary']!.name, '@apollo/client');
  that(type.startsWith('application/graphql-response+json'), type);
});

await check('an unknown organization is null, and NOT_FOUND at its path', async () => {
  const why = await apollo.whyNot(client, 'nobody');
  same(why, { code: 'NOT_FOUND', path: ['organization'], message: 'No organization has this id.' });
});

await check('a partial answer keeps what is there', async () => {
  const query = gql`
    query {
      good: organization(id: "acme") {
        id
        key
      }
      bad: organization(id: "nobody") {
        id
      }
    }
  `;
  const { data, error } = await client.query<Record<string, { key: string } | null>>({ query, errorPolicy: 'all' });
  same([data!['good']!.key, data!['bad'], error !== undefined], ['acme', null, true]);
});

await check('a member is invited', async () => {
  const email = stranger();
  const done = await apollo.invite(client, { organizationId: 'acme', upstream: 'LOSANT', email, role: 'EDITOR' });
  same([done!.invitation!.email, done!.userErrors], [email, []]);
});

await check('an expected failure stands in userErrors', async () => {
  const done = await apollo.invite(client, {
    organizationId: 'acme',
    upstream: 'LOSANT',
    email: 'no address',
    role: 'EDITOR',
  });
  same(done!.invitation, null);
  same(
    done!.userErrors.map(({ code, field }) => [code, field]),
    [['BAD_USER_INPUT', ['email']]],
  );
});

await check('what has a global id goes by it in the cache, and nothing else does', () => {
  const types = Object.values(buildSchema(readFileSync('schema.graphql', 'utf8')).getTypeMap());
  const named = types.filter((type) => isObjectType(type) && type.getFields()['id'] !== undefined);
  const cache = apollo.createCache();
  const found = named.filter(({ name }) => cache.identify({ __typename: name, id: '1' }) !== undefined);
  const nodes = named.filter(
    (type) => isObjectType(type) && type.getInterfaces().some((each) => isInterfaceType(each) && each.name === 'Node'),
  );
  same(
    found.map(({ name }) => name),
    nodes.map(({ name }) => name),
  );
});

const ACTIVITIES = gql`
  query Activities {
    organization(id: "acme") {
      id
      activities(first: 100, upstreams: [CLICKHOUSE]) {
        nodes {
          id
          actor {
            id
            ipAddress
          }
        }
      }
    }
  }
`;

await check('the cache keeps apart what one actor did from two addresses', async () => {
  const { data } = await client.query({ query: ACTIVITIES, fetchPolicy: 'network-only' });
  const bare = new ApolloClient({ link: new HttpLink({ uri: url }), cache: apollo.createCache() });
  const { data: uncached } = await bare.query({ query: ACTIVITIES, fetchPolicy: 'no-cache' });
  same(JSON.parse(JSON.stringify(data)), JSON.parse(JSON.stringify(uncached)));
  const actors = (
    uncached as { organization: { activities: { nodes: { actor: { id: string; ipAddress: string } | null }[] } } }
  ).organization.activities.nodes;
  const addresses = new Map<string, Set<string>>();
  for (const { actor } of actors)
    if (actor) addresses.set(actor.id, (addresses.get(actor.id) ?? new Set()).add(actor.ipAddress));
  that(
    [...addresses.values()].some((seen) => seen.size > 1),
    'no actor with two addresses',
  );
});

await check(
  'automatic persisted queries go by GET: the hash, then the hash with the text, then the hash alone',
  async () => {
    const seen = exchanges.length;
    const variables = { id: 'northwind', first: 2 };
    for (const persisted of [createPersistedClient(url), createPersistedClient(url)]) {
      const { data } = await persisted.query({ query: apollo.MEMBERS, variables });
      that(data?.organization?.id, data);
    }
    const sent = exchanges
      .slice(seen)
      .map(({ method, url: { searchParams }, body }) => [
        method,
        JSON.stringify(searchParams.get('extensions') ?? body?.['extensions']).includes('sha256Hash'),
        searchParams.has('query') || body?.['query'] !== undefined,
      ]);
    same(sent, [
      ['GET', true, false],
      [sent[1]![0], true, true],
      ['GET', true, false],
    ]);
  },
);

await check('a mutation with automatic persisted queries is carried out by POST', async () => {
  const seen = exchanges.length;
  const email = stranger();
  const done = await apollo.invite(createPersistedClient(url), {
    organizationId: 'acme',
    upstream: 'LOSANT',
    email,
    role: 'VIEWER',
  });
  same(done!.invitation!.email, email);
  that(
    exchanges.slice(seen).every(({ method }) => method === 'POST'),
    exchanges.slice(seen).map(({ method }) => method),
  );
});

await check('its manifest is taken: its documents run by their ids, anything else does not', async () => {
  const seen = exchanges.length;
  const trusted = createTrustedClient(given('GATEWAY_APOLLO'));
  const { data } = await trusted.query({ query: apollo.MEMBERS, variables: { id: 'acme', first: 3 } });
  same(data?.organization?.members?.edges.length, 3);
  const email = stranger();
  const done = await apollo.invite(trusted, { organizationId: 'acme', upstream: 'LOSANT', email, role: 'VIEWER' });
  same(done!.invitation!.email, email);
  same(
    exchanges.slice(seen).map(({ body }) => body!['query']),
    [undefined, undefined],
  );
  const { error } = await new ApolloClient({
    link: new HttpLink({ uri: given('GATEWAY_APOLLO') }),
    cache: apollo.createCache(),
  }).query({
    query: gql`
      {
        viewer {
          kind
        }
      }
    `,
    errorPolicy: 'all',
  });
  that(error?.message.startsWith('Only registered documents run here'), error?.message);
});

await check('a key is let in, a wrong one is UNAUTHENTICATED', async () => {
  const members = await apollo.readMembers(
    apollo.createClient(given('GATEWAY_KEYED'), given('GATEWAY_KEY')),
    'acme',
    1,
  );
  same(members.length, 3);
  const why = await apollo.whyNot(apollo.createClient(given('GATEWAY_KEYED'), 'wrong'), 'acme');
  that(why && 'code' in why && why.code === 'UNAUTHENTICATED', why);
});

const plain = (data: unknown) => JSON.parse(JSON.stringify(data)) as later.OverviewData;

const WHOLE = gql(later.OVERVIEW.loc!.source.body.replace(/@(defer|stream)\([^)]*\)/g, ''));

async function overviews(incremental: ApolloClient) {
  const seen: [later.OverviewData, boolean][] = [];
  await later.showOverview(incremental, 'northwind', (data, complete) => seen.push([plain(data), complete]));
  const { data } = await apollo.createClient(url).query({ query: WHOLE, variables: { id: 'northwind' } });
  return { seen, whole: plain(data) };
}

await check('a deferred fragment comes later than the rest, and all of it is the whole answer', async () => {
  const { seen, whole } = await overviews(later.createClient(url));
  const { headers, type } = exchanges.at(-2)!;
  that(headers.get('accept')!.startsWith('multipart/mixed;incrementalSpec=v0.2'), headers.get('accept'));
  same(type, 'multipart/mixed; boundary="-"; incrementalSpec=v0.2');
  const [first, complete] = seen[0]!;
  same([first.organization!.name, first.organization!.usage, complete], ['Northwind Telemetry', undefined, false]);
  same(seen.at(-1), [whole, true]);
  that(seen.length > 1, seen.length);
});

await check('a streamed list begins with as many items as were wanted at once', async () => {
  const { seen, whole } = await overviews(later.createClient(url));
  const { nodes } = whole.organization!.members!;
  same(seen[0]![0].organization!.members!.nodes, nodes.slice(0, 2));
  same(seen.at(-1)![0].organization!.members!.nodes, nodes);
  that(nodes.length > 2, nodes);
});

await check('so they do in the format of 2022-08-24', async () => {
  const { seen, whole } = await overviews(
    new ApolloClient({
      link: new HttpLink({ uri: url }),
      cache: apollo.createCache(),
      incrementalHandler: new Defer20220824Handler(),
    }),
  );
  same(exchanges.at(-2)!.type, 'multipart/mixed; boundary="-"; deferSpec=20220824');
  same(seen[0]![0].organization!.usage, undefined);
  same(seen[0]![0].organization!.members!.nodes.length, 2);
  same(seen.at(-1), [whole, true]);
});
