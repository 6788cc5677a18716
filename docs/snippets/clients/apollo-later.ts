// Apollo Client 4: an organization's name and first members at once, its cost and the other members when they are there.
// npm install @apollo/client graphql rxjs
import { ApolloClient, HttpLink, gql, type TypedDocumentNode } from '@apollo/client';
import { GraphQL17Alpha9Handler } from '@apollo/client/incremental';
import { createCache } from './apollo/members';

export interface OverviewData {
  organization: {
    id: string;
    name: string | null;
    usage: { cost: { total: number; unit: string } | null };
    members: { nodes: { id: string; name: string | null }[] } | null;
  } | null;
}

export const OVERVIEW: TypedDocumentNode<OverviewData, { id: string }> = gql`
  query Overview($id: ID!) {
    organization(id: $id) {
      id
      name
      ... @defer(label: "cost") {
        usage {
          cost {
            total
            unit
          }
        }
      }
      members(first: 10) {
        nodes @stream(label: "members", initialCount: 2) {
          id
          name
        }
      }
    }
  }
`;

/** The handler says in which format the parts come: without one, Apollo Client takes none. */
export const createClient = (url: string) =>
  new ApolloClient({
    link: new HttpLink({ uri: url }),
    cache: createCache(),
    incrementalHandler: new GraphQL17Alpha9Handler(),
  });

/** Shows what is there, each time that more is; the promise ends with the last part. */
export const showOverview = (client: ApolloClient, id: string, show: (data: unknown, complete: boolean) => void) =>
  new Promise<void>((resolve, reject) => {
    const watching = client.watchQuery({ query: OVERVIEW, variables: { id } }).subscribe({
      next: ({ data, dataState, error, loading }) => {
        if (error) reject(error);
        else if (data) show(data, dataState === 'complete');
        if (!loading && dataState === 'complete') {
          resolve();
          queueMicrotask(() => watching.unsubscribe());
        }
      },
      error: reject,
    });
  });
