// Documents with the types that GraphQL Code Generator wrote for them, sent by fetch alone.
import { graphql } from './generated';
import type { InviteMemberInput, TypedDocumentString } from './generated/graphql';

export const MEMBERS = graphql(`
  query Members($id: ID!, $first: Int!, $after: String) {
    organization(id: $id) {
      id
      name
      createdAt
      members(first: $first, after: $after) {
        totalCount
        nodes {
          id
          name
          role
          upstream
        }
      }
    }
  }
`);

export const INVITE = graphql(`
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

export interface Answer<Data> {
  data?: Data;
  errors?: {
    message: string;
    path?: (string | number)[];
    extensions: { code: string; retryable: boolean; requestId: string };
  }[];
}

/** How a document is sent: its text, or the name that the manifest gives it. */
export type By = 'text' | 'id';

/** What a gateway answers to a document. */
export async function execute<Data, Variables>(
  url: string,
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  by: By = 'text',
): Promise<Answer<Data>> {
  const named = by === 'id' ? { documentId: document.__meta__?.['hash'] } : { query: document.toString() };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: JSON.stringify({ ...named, variables }),
  });
  return (await response.json()) as Answer<Data>;
}

/** The names of an organization's first members, typed by the document. */
export async function memberNames(url: string, id: string, by?: By): Promise<(string | null | undefined)[]> {
  const { data, errors } = await execute(url, MEMBERS, { id, first: 3 }, by);
  if (errors) throw new Error(errors[0]?.message);
  return data?.organization?.members?.nodes.map(({ name }) => name) ?? [];
}

/** The invitation, or the expected failures. The key makes it safe to send the same again. */
export async function invite(url: string, input: InviteMemberInput, by?: By) {
  const { data } = await execute(url, INVITE, { input: { clientMutationId: crypto.randomUUID(), ...input } }, by);
  return data?.inviteMember;
}
