import { buildSchema, isObjectType } from 'graphql';
import { readFileSync } from 'node:fs';
import { createOperationDescriptor, fetchQuery, getRequest, graphql } from 'relay-runtime';
import type { relayActivitiesQuery } from './__generated__/relayActivitiesQuery.graphql';
import { EMBEDDED, type Failure, createEnvironment } from '../environment';
import * as app from '../members';
import { check, given, same, stranger, that } from '../../../checks/check';
import { browse, exchanges } from '../../../checks/page';

browse();
const persisted = process.argv[1]!.includes('persisted');
const url = given(persisted ? 'GATEWAY_RELAY' : 'GATEWAY');
const failures: Failure[] = [];
const environment = createEnvironment(url, { onFailure: (failure) => failures.push(failure) });
const how = persisted ? 'by its id' : 'by its text';

await check(`an organization is read ${how}, and its members page by page`, async () => {
  const operation = createOperationDescriptor(getRequest(app.QUERY), { id: 'acme', count: 3 });
  environment.retain(operation);
  const answer = await app.readOrganization(environment, 'acme', 3);
  that(answer?.organization.ok && answer.organization.value, answer);
  const organization = answer.organization.value;
  same(organization.name, 'Acme Corporation');
  const first = app.storedMembers(environment, organization).members!;
  same([first.edges.length, first.pageInfo.hasNextPage], [3, true]);
  await app.readMore(environment, organization.id, first.pageInfo.endCursor!, 4);
  const both = app.storedMembers(environment, organization).members!;
  same([both.edges.length, new Set(both.edges.map(({ node }) => node.id)).size], [7, 7]);
});

await check(`a member is invited ${how}`, async () => {
  const email = stranger();
  const done = await app.invite(environment, { organizationId: 'acme', upstream: 'LOSANT', email, role: 'EDITOR' });
  same([done.invitation!.email, done.userErrors], [email, []]);
});

await check('an expected failure stands in userErrors', async () => {
  const done = await app.invite(environment, {
    organizationId: 'acme',
    upstream: 'LOSANT',
    email: 'no address',
    role: 'EDITOR',
  });
  same(
    [done.invitation, done.userErrors.map(({ code, field }) => [code, field])],
    [null, [['BAD_USER_INPUT', ['email']]]],
  );
});

await check('an unknown organization is caught at its field, and is NOT_FOUND at its path', async () => {
  failures.length = 0;
  const answer = await app.readOrganization(environment, 'nobody', 3);
  same(answer!.organization.ok, false);
  same(
    failures.map(({ path, extensions }) => [path, extensions.code]),
    [[['organization'], 'NOT_FOUND']],
  );
});

const ACTIVITIES = graphql`
  query relayActivitiesQuery {
    organization(id: "acme") {
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

await check('what has a global id goes by it in the store, and nothing else does', () => {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
  const local = Object.values(schema.getTypeMap()).filter(
    (type) =>
      isObjectType(type) &&
      type.getFields()['id'] !== undefined &&
      !type.getInterfaces().some(({ name }) => name === 'Node'),
  );
  same([...EMBEDDED].sort(), local.map(({ name }) => name).sort());
});

await check('the store keeps apart what one actor did from two addresses', async () => {
  const answer = await fetchQuery<relayActivitiesQuery>(environment, ACTIVITIES, {}).toPromise();
  const addresses = new Map<string, Set<unknown>>();
  for (const { actor } of answer!.organization!.activities!.nodes) {
    if (actor?.id) addresses.set(actor.id, (addresses.get(actor.id) ?? new Set()).add(actor.ipAddress));
  }
  that(
    [...addresses.values()].some((seen) => seen.size > 1),
    'every actor has one address',
  );
});

await check(`each operation went ${how}`, () => {
  const told = exchanges.map(({ body }) => [
    typeof body!['documentId'] === 'string',
    typeof body!['query'] === 'string',
  ]);
  same(
    told,
    told.map(() => [persisted, !persisted]),
  );
});
