// Ways to join services without federation, each as a function from the services to a query's answer. A service has its
// `url`, its SDL with graphql-tools' directives (`directed`), and its schema without any (`plain`).
import { composeSubgraphs, createFederationTransform } from "@graphql-mesh/fusion-composition";
import { stitchSchemas } from "@graphql-tools/stitch";
import { stitchingDirectives } from "@graphql-tools/stitching-directives";
import { buildSchema, graphql, parse, print } from "graphql";
import { runtime } from "./routers.mjs";
import { ask } from "./servers.mjs";

const { stitchingDirectivesTransformer } = stitchingDirectives();

const eachOf = (services, make) =>
  Object.fromEntries(Object.entries(services).map(([name, service]) => [name, make(service, name)]));

function stitch(schemas, execute) {
  const subschemas = Object.entries(schemas).map(([name, schema]) => {
    return { schema, batch: true, executor: (request) => execute(name, request) };
  });
  return stitchSchemas({ subschemaConfigTransforms: [stitchingDirectivesTransformer], subschemas });
}

/** A schema of graphql-tools, stitched by the directives. */
export function graphqlTools(services) {
  const schema = stitch(
    eachOf(services, ({ directed }) => buildSchema(directed)),
    (name, { document, variables }) => ask(services[name].url, print(document), variables),
  );
  return { ask: (query) => graphql({ schema, source: query }), close: () => undefined };
}

/** Hive Gateway, which reads federation's supergraphs on its own: its handler of graphs stitches by the directives. */
export function hiveGateway(services) {
  const schemas = eachOf(services, ({ directed }) => buildSchema(directed));
  const transports = Object.entries(services).map(
    ([name, { url }]) => `@transport(subgraph: "${name}", kind: "http", location: "${url}")`,
  );
  const addresses = parse(`
    directive @transport(subgraph: String!, kind: String!, location: String!) repeatable on SCHEMA
    schema ${transports.join(" ")} { query: Query }
    type Query { _: Int }
  `);
  return runtime({
    supergraph: () => addresses,
    unifiedGraphHandler: ({ onSubgraphExecute }) => ({
      unifiedGraph: stitch(schemas, onSubgraphExecute),
      getSubgraphSchema: (name) => schemas[name],
      inContextSDK: {},
    }),
  });
}

/** What Mesh Compose makes of the schemas without directives: its transform names the field that finds many. */
export function composed(services) {
  const { supergraphSdl, errors } = composeSubgraphs(
    Object.entries(services).map(([name, { url, plain, byIds, overrides = {} }]) => {
      const resolveReference = { fieldName: byIds, keyField: "id", keyArg: "ids" };
      const shared = ["hasNextPage", "hasPreviousPage", "startCursor", "endCursor"];
      const configuration = {
        Organization: { key: { fields: "id", resolveReference } },
        ...Object.fromEntries(shared.map((field) => [`PageInfo.${field}`, { shareable: true }])),
        ...overrides,
      };
      return { name, url, schema: plain, transforms: [createFederationTransform(configuration)] };
    }),
    { ignoreSemanticConventions: true }, // else `organization(id:)` is taken, too, and asked once for each
  );
  if (errors) throw new AggregateError(errors, errors.map(({ message }) => message).join("\n"));
  return supergraphSdl;
}

/** Hive Gateway on the supergraph of Mesh Compose. */
export const meshCompose = (services) => runtime({ supergraph: () => composed(services) });

/** What Mesh Compose says of the SDL with directives. */
export function refused(services) {
  const subgraphs = Object.entries(services).map(([name, { url, directed }]) => {
    return { name, url, schema: buildSchema(directed) };
  });
  return (composeSubgraphs(subgraphs).errors ?? []).map(({ message }) => message);
}

/** Hive Gateway in front of one service. */
export const proxy = ({ url, directed }) => runtime({ proxy: { endpoint: url }, schema: directed });
