// The gateway as a stitched schema: one call for all the organizations of a query, errors in their places.
import { stitchSchemas } from "@graphql-tools/stitch";
import { stitchingDirectives } from "@graphql-tools/stitching-directives";
import { buildSchema, graphql, print } from "graphql";
import { equal, plain } from "./checks.mjs";
import { ask, serving } from "./servers.mjs";
import { STITCHED_SDL, globalId, stitched } from "./toys.mjs";

const KEYS = ["acme", "northwind", "nks:4107"];

export async function stitching(ours, printed) {
  const sdl = (await ask(ours.url, "{ _sdl }")).data._sdl;
  equal("_sdl tells what `gateway schema print --stitching` prints", sdl, printed);
  const toy = await serving(stitched);
  const { stitchingDirectivesTransformer, stitchingDirectivesValidator } = stitchingDirectives();
  equal("the stitching directives are valid", stitchingDirectivesValidator(buildSchema(sdl)) !== undefined, true);
  const remote =
    ({ url }) =>
    ({ document, variables }) =>
      ask(url, print(document), variables);
  const schema = stitchSchemas({
    subschemaConfigTransforms: [stitchingDirectivesTransformer],
    subschemas: [
      { schema: buildSchema(sdl), executor: remote(ours), batch: true },
      { schema: buildSchema(STITCHED_SDL), executor: remote(toy), batch: true },
    ],
  });

  async function asked(what, source) {
    [ours, toy].forEach((each) => each.taken());
    const answer = plain(await graphql({ schema, source }));
    const bodies = ours.taken();
    equal(`stitching: ${what} is one call to the gateway`, bodies.length, 1);
    equal(
      "stitching: it asks once by ids",
      bodies.filter((body) => body.split("organizationsByIds").length > 2),
      [],
    );
    return answer;
  }

  const paid = await asked("three organizations", "{ invoices { nodes { total organization { key name balance } } } }");
  equal("stitching: three organizations have no error", paid.errors ?? [], []);
  equal(
    "stitching: the fields of both services",
    paid.data?.invoices.nodes.map(({ organization: it }) => [it.key, it.name !== null, it.balance]),
    KEYS.map((key) => [key, true, globalId("Organization", key).length]),
  );

  const listed = await asked("a list of the gateway's", "{ organizations(first: 3) { nodes { key balance } } }");
  equal(
    "stitching: what others add to it",
    listed.data?.organizations.nodes.every((each) => each.balance),
    true,
  );
  equal("stitching: the other service is asked once", toy.taken().length, 1);

  const late = await asked("one organization that is nowhere", "{ overdue { organization { id name } } }");
  equal(
    "stitching: what the other service has of it is there",
    late.data?.overdue.map((each) => each.organization?.id),
    ["acme", "nowhere", "northwind"].map((key) => globalId("Organization", key)),
  );
  equal(
    "stitching: the gateway's part is null in its place",
    late.data?.overdue.map((each) => each.organization?.name === null),
    [false, true, false],
  );
  equal(
    "stitching: the error is in its place",
    late.errors?.map((each) => [each.path, each.extensions.code]),
    [[["overdue", 1, "organization", "name"], "NOT_FOUND"]],
  );

  ours.taken();
  const found = plain(await graphql({ schema, source: '{ node(id: "invoice-1") { id __typename } }' }));
  equal("stitching: the other service keeps its own node", found.data?.node, {
    id: "invoice-1",
    __typename: "Invoice",
  });
  equal("stitching: and the gateway is not asked for it", ours.taken().length, 0);
  toy.close();
}
