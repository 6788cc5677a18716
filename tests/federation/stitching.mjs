// The gateway as a stitched schema: one call for all the organizations of a query, errors in their places.
import { stitchingDirectives } from "@graphql-tools/stitching-directives";
import { buildClientSchema, buildSchema, getIntrospectionQuery } from "graphql";
import { equal, plain } from "./checks.mjs";
import { ask, serving } from "./servers.mjs";
import { graphqlTools, hiveGateway, meshCompose, proxy, refused } from "./stitchers.mjs";
import { PLAIN_SDL, STITCHED_SDL, globalId, stitched } from "./toys.mjs";

const KEYS = ["acme", "northwind", "nks:4107"];
const STITCHERS = {
  "@graphql-tools/stitch": graphqlTools,
  "Hive Gateway, stitching": hiveGateway,
  "Hive Gateway, on a supergraph of Mesh Compose": meshCompose,
};

export async function stitching(ours, printed) {
  const directed = (await ask(ours.url, "{ _sdl }")).data._sdl;
  equal("_sdl tells what `gateway schema print --stitching` prints", directed, printed);
  const { stitchingDirectivesValidator } = stitchingDirectives();
  equal("the stitching directives are valid", stitchingDirectivesValidator(buildSchema(directed)) !== undefined, true);
  const introspected = buildClientSchema((await ask(ours.url, getIntrospectionQuery())).data);
  const toy = await serving(stitched);
  const mine = { override: { from: "organizations" } };
  const services = {
    organizations: { url: ours.url, directed, plain: introspected, byIds: "organizationsByIds" },
    invoices: {
      url: toy.url,
      directed: STITCHED_SDL,
      plain: buildSchema(PLAIN_SDL),
      byIds: "balances",
      overrides: { "Query.node": mine, "Query.nodes": mine },
    },
  };
  for (const [name, stitcher] of Object.entries(STITCHERS)) {
    const made = stitcher(services);
    try {
      await joined(name, made, ours, toy);
    } finally {
      await made.close();
    }
  }
  equal(
    "Mesh Compose takes the stitching SDL's @key for federation's",
    refused(services).map((message) => /^\[\w+] .*"@key"/.test(message)),
    [true, true, true, true],
  );
  await proxied(ours, services.organizations);
  toy.close();
}

async function proxied(ours, service) {
  const made = proxy(service);
  ours.taken();
  const answer = plain(await made.ask('{ organizationsByIds(ids: ["acme", "nowhere"]) { key } }'));
  await made.close();
  equal("Hive Gateway, as a proxy: the data", answer.data, { organizationsByIds: [{ key: "acme" }, null] });
  equal(
    "Hive Gateway, as a proxy: the error",
    answer.errors?.map((each) => [each.path, each.extensions.code]),
    [[["organizationsByIds", 1], "NOT_FOUND"]],
  );
  equal("Hive Gateway, as a proxy: one call", ours.taken().length, 1);
}

async function joined(by, router, ours, toy) {
  async function asked(what, source) {
    [ours, toy].forEach((each) => each.taken());
    const answer = plain(await router.ask(source));
    const bodies = ours.taken();
    equal(`${by}: ${what} is one call to the gateway`, bodies.length, 1);
    return { ...answer, asked: bodies.join("\n") };
  }
  const lookups = ({ asked: text }) => text.split("organizationsByIds").length - 1;

  const paid = await asked("three organizations", "{ invoices { nodes { total organization { key name balance } } } }");
  equal(`${by}: three organizations have no error`, paid.errors ?? [], []);
  equal(`${by}: three organizations are one look-up`, lookups(paid), 1);
  equal(
    `${by}: the fields of both services`,
    paid.data?.invoices.nodes.map(({ organization: it }) => [it.key, it.name !== null, it.balance]),
    KEYS.map((key) => [key, true, globalId("Organization", key).length]),
  );

  const listed = await asked("a list of the gateway's", "{ organizations(first: 3) { nodes { key balance } } }");
  equal(
    `${by}: what others add to it`,
    listed.data?.organizations.nodes.every((each) => each.balance),
    true,
  );
  equal(`${by}: the other service is asked once`, toy.taken().length, 1);

  const late = await asked("one organization that is nowhere", "{ overdue { organization { id name } } }");
  equal(`${by}: it is one look-up with the others`, lookups(late), 1);
  equal(
    `${by}: what the other service has of it is there`,
    late.data?.overdue.map((each) => each.organization?.id),
    ["acme", "nowhere", "northwind"].map((key) => globalId("Organization", key)),
  );
  equal(
    `${by}: the gateway's part is null in its place`,
    late.data?.overdue.map((each) => each.organization?.name === null),
    [false, true, false],
  );
  equal(
    `${by}: the error is in its place`,
    late.errors?.map((each) => [each.path, each.extensions.code]),
    [[["overdue", 1, "organization", "name"], "NOT_FOUND"]],
  );

  ours.taken();
  const found = plain(await router.ask('{ node(id: "invoice-1") { id __typename } }'));
  equal(`${by}: the other service keeps its own node`, found.data?.node, { id: "invoice-1", __typename: "Invoice" });
  equal(`${by}: and the gateway is not asked for it`, ours.taken().length, 0);
}
