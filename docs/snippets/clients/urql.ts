// urql 6: a page of members, an invitation, a new logo, and what went wrong.
// npm install @urql/core @urql/exchange-persisted graphql
import { Client, cacheExchange, fetchExchange, gql } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';

interface MembersData {
  organization: {
    id: string;
    members: { totalCount: number | null; nodes: { id: string; name: string | null }[] } | null;
  } | null;
}

const MEMBERS = gql<MembersData, { id: string; first: number }>`
  query Members($id: ID!, $first: Int!) {
    organization(id: $id) {
      id
      members(first: $first) {
        totalCount
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

const INVITE = gql<InviteData, { input: Record<string, unknown> }>`
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

const SET_LOGO = gql<
  {
    updateOrganizationLogo: {
      organization: { id: string; logoUrl: string | null } | null;
      userErrors: { code: string }[];
    };
  },
  { input: { organizationId: string; logo: Blob } }
>`
  mutation SetLogo($input: UpdateOrganizationLogoInput!) {
    updateOrganizationLogo(input: $input) {
      organization {
        id
        logoUrl
      }
      userErrors {
        code
      }
    }
  }
`;

export const createClient = (url: string, token?: string) =>
  new Client({
    url,
    exchanges: [cacheExchange, fetchExchange],
    fetchOptions: (): RequestInit => ({
      // Without this header a file is refused, since any site can make a browser send a form.
      headers: { 'graphql-preflight': '1', ...(token && { authorization: `Bearer ${token}` }) },
    }),
  });

/** Sends queries as their hashes. */
export const createPersistedClient = (url: string) =>
  new Client({
    url,
    exchanges: [cacheExchange, persistedExchange({ preferGetForPersistedQueries: true }), fetchExchange],
  });

/** `data` and `error` side by side: what failed is null, the rest of the answer is there. */
export const readMembers = (client: Client, id: string) => client.query(MEMBERS, { id, first: 3 }).toPromise();

/** Why an organization cannot be shown; undefined where it can. */
export async function whyNot(client: Client, id: string) {
  const { error } = await readMembers(client, id);
  const [first] = error?.graphQLErrors ?? [];
  return first ? { code: first.extensions['code'], path: first.path } : error;
}

/** The invitation, or the expected failures. The key makes it safe to send the same again. */
export async function invite(
  client: Client,
  input: { organizationId: string; upstream: string; email: string; role: string },
) {
  const clientMutationId = crypto.randomUUID();
  const { data, error } = await client.mutation(INVITE, { input: { ...input, clientMutationId } }).toPromise();
  if (error) throw error;
  return data?.inviteMember;
}

/** A PNG, JPEG, GIF or WebP image as the organization's logo: urql sends files as a multipart request by itself. */
export async function setLogo(client: Client, organizationId: string, logo: Blob) {
  const { data, error } = await client.mutation(SET_LOGO, { input: { organizationId, logo } }).toPromise();
  if (error) throw error;
  return data?.updateOrganizationLogo;
}
