// The services that are joined to the gateway: invoices, which know organizations by id, and tickets, which know them
// by key, and members. Each once as a subgraph of a federation; the invoices for stitching, too.
import { buildSubgraphSchema } from "@apollo/subgraph";
import { makeExecutableSchema } from "@graphql-tools/schema";
import { parse } from "graphql";

export const globalId = (...parts) => Buffer.from(parts.join(":")).toString("base64url");

const KEYS = ["acme", "northwind", "nks:4107"];

/** Of three organizations. */
const INVOICES = KEYS.map((key, index) => ({
  id: `invoice-${index}`,
  total: 100 * (index + 1),
  organization: { id: globalId("Organization", key) },
}));

/** The second one's organization is nowhere. */
const OVERDUE = ["acme", "nowhere", "northwind"].map((key, index) => ({
  id: `overdue-${index}`,
  total: index,
  organization: { id: globalId("Organization", key) },
}));

const balance = ({ id }) => id.length;

const INVOICE = `
  interface Node { id: ID! }
  type PageInfo @shareable {
    hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String
  }
  type InvoiceConnection { nodes: [Invoice!]! pageInfo: PageInfo! }
  type Query {
    invoices: InvoiceConnection!
    overdue: [Invoice!]!
    node(id: ID!): Node
    nodes(ids: [ID!]!): [Node]!
  }
`;

const node = (_, { id }) => INVOICES.find((each) => each.id === id);
const RESOLVERS = {
  Query: {
    invoices: () => ({ nodes: INVOICES, pageInfo: { hasNextPage: false, hasPreviousPage: false } }),
    overdue: () => OVERDUE,
    node,
    nodes: (_, { ids }) => ids.map((id) => node(_, { id })),
  },
  Node: { __resolveType: () => "Invoice" },
};

export const INVOICES_SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])
  ${INVOICE}
  type Invoice implements Node @key(fields: "id") { id: ID! total: Int! organization: Organization }
  type Organization @key(fields: "id") { id: ID! balance: Int! }
`;

export const TICKETS_SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
  type Query { tickets: [Ticket!]! reviews(memberIds: [ID!]!): [Review!]! }
  type Ticket { subject: String! organization: Organization }
  type Review { author: Member }
  type Organization @key(fields: "key") { key: String! openTickets: Int! }
  type Member @key(fields: "id") { id: ID! reviews: Int! }
`;

export const invoices = buildSubgraphSchema([
  {
    typeDefs: parse(INVOICES_SDL),
    resolvers: { ...RESOLVERS, Organization: { balance, __resolveReference: (it) => it } },
  },
]);

export const tickets = buildSubgraphSchema([
  {
    typeDefs: parse(TICKETS_SDL),
    resolvers: {
      Query: {
        tickets: () => KEYS.map((key) => ({ subject: `About ${key}`, organization: { key } })),
        reviews: (_, { memberIds }) => memberIds.map((id) => ({ author: { id } })),
      },
      Organization: { openTickets: ({ key }) => key.length, __resolveReference: (it) => it },
      Member: { reviews: () => 2, __resolveReference: (it) => it },
    },
  },
]);

export const STITCHED_SDL = `
  directive @shareable on OBJECT
  directive @key(selectionSet: String!) on OBJECT
  directive @merge(keyField: String, keyArg: String, additionalArgs: String, key: [String!], argsExpr: String)
    on FIELD_DEFINITION
  ${INVOICE}
  extend type Query { balances(ids: [ID!]!): [Organization]! @merge(keyField: "id") }
  type Invoice implements Node { id: ID! total: Int! organization: Organization }
  type Organization @key(selectionSet: "{ id }") { id: ID! balance: Int }
`;

/** The same for composing, without stitching's directives. */
export const PLAIN_SDL = `
  ${INVOICE.replace(" @shareable", "")}
  extend type Query { balances(ids: [ID!]!): [Organization]! }
  type Invoice implements Node { id: ID! total: Int! organization: Organization }
  type Organization { id: ID! balance: Int }
`;

export const stitched = makeExecutableSchema({
  typeDefs: STITCHED_SDL,
  resolvers: {
    ...RESOLVERS,
    Query: { ...RESOLVERS.Query, balances: (_, { ids }) => ids.map((id) => ({ id })) },
    Organization: { balance },
  },
});
