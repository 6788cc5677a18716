// Apollo Client 4: a page of members, the next page, an invitation, and what went wrong.
// npm install @apollo/client graphql rxjs
import {
  ApolloClient,
  CombinedGraphQLErrors,
  HttpLink,
  InMemoryCache,
  gql,
  type TypedDocumentNode,
} from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

export interface Member {
  id: string;
  name: string | null;
  role: string;
}

export interface MembersData {
  organization: {
    id: string;
    name: string | null;
    members: { edges: { node: Member }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } | null;
  } | null;
}

export const MEMBERS: TypedDocumentNode<MembersData, { id: string; first: number; after?: string | null }> = gql`
  query Members($id: ID!, $first: Int!, $after: String) {
    organization(id: $id) {
      id
      name
      members(first: $first, after: $after) {
        edges {
          node {
            id
            name
            role
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`;

export interface InviteData {
  inviteMember: {
    invitation: { id: string; email: string; status: string } | null;
    userErrors: { code: string; message: string; field: string[] | null; retryable: boolean }[];
  };
}

export const INVITE: TypedDocumentNode<InviteData, { input: Record<string, unknown> }> = gql`
  mutation Invite($input: InviteMemberInput!) {
    inviteMember(input: $input) {
      invitation {
        id
        email
        status
      }
      userErrors {
        code
        message
        field
        retryable
      }
    }
  }
`;

// Global ids are those of the types that implement Node. The `id` of these is the upstream's own and says nothing alone:
// the cache keeps them inside the object that they were read with.
const embedded = { keyFields: false } as const;

export const createCache = () =>
  new InMemoryCache({
    typePolicies: {
      Actor: embedded,
      AssignedRole: embedded,
      ByocConfig: embedded,
      Plan: embedded,
      PrivateEndpoint: embedded,
      Organization: {
        fields: {
          members: relayStylePagination(['upstreams', 'roles', 'search']),
          invitations: relayStylePagination(['upstreams', 'status']),
          activities: relayStylePagination(['from', 'to', 'upstreams', 'sources', 'actions', 'actorKinds']),
        },
      },
    },
  });

export const createClient = (url: string, token?: string) =>
  new ApolloClient({
    link: new HttpLink({ uri: url, headers: token ? { authorization: `Bearer ${token}` } : {} }),
    cache: createCache(),
    clientAwareness: { name: 'members-app', version: '1.0.0' },
  });

type Client = ReturnType<typeof createClient>;

/** The first pages of an organization's members, which the cache joins; a component would use `fetchMore`. */
export async function readMembers(client: Client, id: string, pages: number) {
  let members: NonNullable<MembersData['organization']>['members'] | undefined;
  let after: string | null = null;
  for (let page = 0; page < pages; page += 1) {
    const { data }: { data?: MembersData } = await client.query({
      query: MEMBERS,
      variables: { id, first: 3, after },
      fetchPolicy: after ? 'network-only' : 'cache-first', // the cache has pages joined, not one by one
    });
    members = data?.organization?.members;
    if (!members?.pageInfo.hasNextPage) break;
    after = members.pageInfo.endCursor;
  }
  return members?.edges.map(({ node }) => node) ?? [];
}

/** Why an organization cannot be shown; undefined where it can. `all`: what failed is null, the rest of the answer is there. */
export async function whyNot(client: Client, id: string) {
  const { error } = await client.query({ query: MEMBERS, variables: { id, first: 3 }, errorPolicy: 'all' });
  if (!CombinedGraphQLErrors.is(error)) return error && { message: error.message };
  const [first] = error.errors;
  return { code: first?.extensions?.['code'], path: first?.path, message: first?.message };
}

/** The invitation, or the expected failures. The key makes it safe to send the same again. */
export async function invite(
  client: Client,
  input: { organizationId: string; upstream: string; email: string; role: string },
) {
  const clientMutationId = crypto.randomUUID();
  const { data } = await client.mutate({ mutation: INVITE, variables: { input: { ...input, clientMutationId } } });
  return data?.inviteMember;
}
