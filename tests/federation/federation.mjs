// The gateway as a subgraph: both compositions take it, and both routers ask it once for all the entities of a query.
import { composeServices as apolloComposition } from "@apollo/composition";
import { parse } from "graphql";
import { composeServices as guildComposition } from "@theguild/federation-composition";
import { equal, plain } from "./checks.mjs";
import { apollo, hive } from "./routers.mjs";
import { ask, serving } from "./servers.mjs";
import { INVOICES_SDL, TICKETS_SDL, globalId, invoices, tickets } from "./toys.mjs";

const COMPOSITIONS = { "@apollo/composition": apolloComposition, "@theguild/federation-composition": guildComposition };
const ROUTERS = { "@apollo/gateway": apollo, "@graphql-hive/gateway-runtime": hive };

export async function federation(ours, printed) {
  const { sdl } = (await ask(ours.url, "{ _service { sdl } }")).data._service;
  equal("_service tells what `gateway schema print --federation` prints", sdl, printed);
  const toys = { invoices: await serving(invoices), tickets: await serving(tickets) };
  const services = [
    { name: "organizations", url: ours.url, typeDefs: parse(sdl) },
    { name: "invoices", url: toys.invoices.url, typeDefs: parse(INVOICES_SDL) },
    { name: "tickets", url: toys.tickets.url, typeDefs: parse(TICKETS_SDL) },
  ];
  for (const [composition, compose] of Object.entries(COMPOSITIONS)) {
    const composed = compose(services);
    equal(`${composition} composes`, plain(composed.errors), null);
    equal(`${composition} has no hint`, plain(composed.hints ?? []), []);
    for (const [name, router] of composed.supergraphSdl ? Object.entries(ROUTERS) : []) {
      const made = await router(composed.supergraphSdl);
      try {
        await joined(`${name} on the supergraph of ${composition}`, made, ours, toys);
      } finally {
        await made.close();
      }
    }
  }
  Object.values(toys).forEach((toy) => toy.close());
}

async function joined(by, router, ours, toys) {
  async function asked(what, query, variables, calls = 1) {
    [ours, ...Object.values(toys)].forEach((each) => each.taken());
    const answer = plain(await router.ask(query, variables));
    const bodies = ours.taken();
    equal(`${by}: calls to the gateway for ${what}`, bodies.length, calls);
    equal(
      `${by}: none asks twice for entities`,
      bodies.filter((body) => body.split("_entities").length > 2),
      [],
    );
    return answer;
  }

  const whole = "organization { key name balance }";
  const paid = await asked(
    "three organizations by id",
    `{ invoices { nodes { total ${whole} } pageInfo { endCursor } } }`,
  );
  equal(`${by}: three organizations by id have no error`, paid.errors ?? [], []);
  equal(
    `${by}: the fields of both services`,
    paid.data?.invoices.nodes.map((each) => [each.total, each.organization.key, each.organization.name !== null]),
    [
      [100, "acme", true],
      [200, "northwind", true],
      [300, "nks:4107", true],
    ],
  );
  equal(
    `${by}: the other service's own field`,
    paid.data?.invoices.nodes.map((each) => each.organization.balance),
    ["acme", "northwind", "nks:4107"].map((key) => globalId("Organization", key).length),
  );

  const answer = await asked(
    "three organizations by key",
    "{ tickets { organization { id key openTickets links { nativeId } } } }",
  );
  equal(`${by}: three organizations by key have no error`, answer.errors ?? [], []);
  equal(
    `${by}: by key, the ids`,
    answer.data?.tickets.map((each) => [each.organization.id, each.organization.openTickets]),
    ["acme", "northwind", "nks:4107"].map((key) => [globalId("Organization", key), key.length]),
  );
  equal(
    `${by}: by key, the links`,
    answer.data?.tickets.map((each) => each.organization.links.length > 0),
    [true, true, true],
  );

  const listed = await asked(
    "a list of the gateway's",
    "{ organizations(first: 3) { nodes { key balance openTickets } } }",
  );
  equal(`${by}: a list of the gateway's has no error`, listed.errors ?? [], []);
  equal(
    `${by}: what others add to it`,
    listed.data?.organizations.nodes.every((each) => each.balance && each.openTickets),
    true,
  );
  equal(
    `${by}: each other service is asked once`,
    Object.values(toys).map((each) => each.taken().length),
    [1, 1],
  );

  const people = await asked(
    "members",
    '{ organization(id: "acme") { members(first: 3) { nodes { id email reviews } } } }',
    {},
    router.asksListsTwice ? 2 : 1,
  );
  const members = people.data?.organization.members.nodes;
  equal(
    `${by}: what others add to members`,
    members?.map((each) => each.reviews),
    [2, 2, 2],
  );
  const again = await asked(
    "three members by id",
    "query ($ids: [ID!]!) { reviews(memberIds: $ids) { author { id email } } }",
    {
      ids: members?.map((each) => each.id),
    },
  );
  equal(
    `${by}: members are found again`,
    again.data?.reviews.map((each) => each.author.email),
    members?.map((each) => each.email),
  );

  const late = await asked("one organization that is nowhere", "{ overdue { total organization { key } } }");
  equal(
    `${by}: it is null in its place`,
    late.data?.overdue.map((each) => each.organization && each.organization.key),
    ["acme", null, "northwind"],
  );
  equal(
    `${by}: it is one error in its place`,
    late.errors?.map((each) => [each.path.slice(0, 3), each.extensions.code]),
    [[["overdue", 1, "organization"], "NOT_FOUND"]],
  );

  ours.taken();
  const found = plain(await router.ask('{ node(id: "invoice-1") { id __typename } }'));
  equal(`${by}: the other service keeps its own node`, found.data?.node, { id: "invoice-1", __typename: "Invoice" });
  equal(`${by}: and the gateway is not asked for it`, ours.taken().length, 0);
}
