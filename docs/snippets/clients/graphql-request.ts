// graphql-request 7: the least that a script needs.
// npm install graphql-request graphql
import { ClientError, GraphQLClient, gql } from 'graphql-request';

interface MembersData {
  organization: {
    id: string;
    name: string | null;
    members: { nodes: { id: string; name: string | null }[] } | null;
  } | null;
}

const MEMBERS = gql`
  query Members($id: ID!) {
    organization(id: $id) {
      id
      name
      members(first: 3) {
        nodes {
          id
          name
        }
      }
    }
  }
`;

interface InviteData {
  inviteMember: {
    invitation: { id: string; email: string } | null;
    userErrors: { code: string; field: string[] | null }[];
  };
}

const INVITE = gql`
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
`;

export const createClient = (url: string, token?: string) =>
  new GraphQLClient(url, { headers: token ? { authorization: `Bearer ${token}` } : {} });

/** An organization with its first members; an error of any field is thrown. */
export const readMembers = (client: GraphQLClient, id: string) => client.request<MembersData>(MEMBERS, { id });

/** Why an organization cannot be shown; undefined where it can. */
export async function whyNot(client: GraphQLClient, id: string) {
  try {
    await readMembers(client, id);
    return undefined;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const [first] = error.response.errors ?? [];
    return { status: error.response.status, code: first?.extensions['code'], path: first?.path };
  }
}

/** The invitation, or the expected failures. The key makes it safe to send the same again. */
export async function invite(
  client: GraphQLClient,
  input: { organizationId: string; upstream: string; email: string; role: string },
) {
  const clientMutationId = crypto.randomUUID();
  const { inviteMember } = await client.request<InviteData>(INVITE, { input: { ...input, clientMutationId } });
  return inviteMember;
}
