// gql.tada: the types of documents, inferred from the schema without a build step; here with urql.
// npm install gql.tada @urql/core graphql; npx gql.tada generate output
import { Client, cacheExchange, fetchExchange } from '@urql/core';
import { type ResultOf, type VariablesOf, initGraphQLTada } from 'gql.tada';
import type { introspection } from './graphql-env';

export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { BigInt: number; Date: string; DateTime: string; JSON: unknown; URL: string; Upload: Blob };
}>();

const MEMBER = graphql(`
  fragment MemberRow on Member @_unmask {
    id
    name
    role
    upstream
  }
`);

const MEMBERS = graphql(
  `
    query Members($id: ID!, $first: Int!) {
      organization(id: $id) {
        id
        members(first: $first) {
          totalCount
          nodes {
            ...MemberRow
          }
        }
      }
    }
  `,
  [MEMBER],
);

const INVITE = graphql(`
  mutation Invite($input: InviteMemberInput!) {
    inviteMember(input: $input) {
      invitation {
        id
        email
      }
      userErrors {
        code
        field
      }
    }
  }
`);

export const createClient = (url: string) => new Client({ url, exchanges: [cacheExchange, fetchExchange] });

/** An organization's first members. */
export async function readMembers(client: Client, id: string): Promise<ResultOf<typeof MEMBER>[]> {
  const { data, error } = await client.query(MEMBERS, { id, first: 3 }).toPromise();
  if (error) throw error;
  return data?.organization?.members?.nodes ?? [];
}

/** Why an organization cannot be shown; undefined where it can. */
export async function whyNot(client: Client, id: string) {
  const { data, error } = await client.query(MEMBERS, { id, first: 3 }).toPromise();
  const [first] = error?.graphQLErrors ?? [];
  return first && { organization: data?.organization, code: first.extensions['code'], path: first.path };
}

/** The invitation, or the expected failures. */
export async function invite(client: Client, input: VariablesOf<typeof INVITE>['input']) {
  const { data, error } = await client.mutation(INVITE, { input }).toPromise();
  if (error) throw error;
  return data?.inviteMember;
}
