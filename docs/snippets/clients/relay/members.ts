// Relay without React: what `useLazyLoadQuery`, `usePaginationFragment` and `useMutation` do, by hand.
import {
  type IEnvironment,
  commitMutation,
  createOperationDescriptor,
  fetchQuery,
  getRequest,
  getSingularSelector,
  graphql,
} from 'relay-runtime';
import type { membersInviteMutation } from './__generated__/membersInviteMutation.graphql';
import type {
  membersList_organization$data,
  membersList_organization$key,
} from './__generated__/membersList_organization.graphql';
import type { membersListPaginationQuery } from './__generated__/membersListPaginationQuery.graphql';
import type { membersQuery } from './__generated__/membersQuery.graphql';
import pagination from './__generated__/membersListPaginationQuery.graphql';

export const QUERY = graphql`
  query membersQuery($id: ID!, $count: Int!) {
    organization(id: $id) @catch {
      id
      name
      ...membersList_organization @arguments(count: $count)
    }
  }
`;

const LIST = graphql`
  fragment membersList_organization on Organization
  @argumentDefinitions(count: { type: "Int", defaultValue: 3 }, cursor: { type: "String" })
  @refetchable(queryName: "membersListPaginationQuery") {
    members(first: $count, after: $cursor) @connection(key: "membersList_members") {
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
`;

const INVITE = graphql`
  mutation membersInviteMutation($input: InviteMemberInput!) {
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

/** An organization, or which field failed. */
export const readOrganization = (environment: IEnvironment, id: string, count: number) =>
  fetchQuery<membersQuery>(environment, QUERY, { id, count }).toPromise();

/** The members that the store holds of an organization that was read. */
export function storedMembers(environment: IEnvironment, key: membersList_organization$key) {
  const selector = getSingularSelector(LIST as never, key as never);
  if (!selector) throw new Error('The fragment was not read with this organization.');
  return environment.lookup(selector).data as membersList_organization$data;
}

/** Reads the next page, which the store adds to the connection. */
export async function readMore(environment: IEnvironment, id: string, cursor: string, count: number) {
  const operation = createOperationDescriptor(getRequest(pagination), { id, cursor, count });
  const kept = environment.retain(operation);
  await fetchQuery<membersListPaginationQuery>(environment, pagination, { id, cursor, count }).toPromise();
  return kept;
}

/** The invitation, or the expected failures. The key makes it safe to send the same again. */
export const invite = (environment: IEnvironment, input: membersInviteMutation['variables']['input']) =>
  new Promise<membersInviteMutation['response']['inviteMember']>((resolve, reject) => {
    commitMutation<membersInviteMutation>(environment, {
      mutation: INVITE,
      variables: { input: { clientMutationId: crypto.randomUUID(), ...input } },
      onCompleted: ({ inviteMember }) => resolve(inviteMember),
      onError: reject,
    });
  });
