// urql 6: an organization's name and first members at once, its cost and the other members when they are there.
// npm install @urql/core graphql
import { Client, cacheExchange, fetchExchange, gql } from '@urql/core';

export interface OverviewData {
  organization: {
    id: string;
    name: string | null;
    usage?: { cost: { total: number; unit: string } | null };
    members: { nodes: { id: string; name: string | null }[] } | null;
  } | null;
}

const OVERVIEW = gql<OverviewData, { id: string }>`
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

export const createClient = (url: string) =>
  new Client({
    url,
    exchanges: [cacheExchange, fetchExchange],
    fetchOptions: {
      // The format in which urql puts lists together, too.
      headers: { accept: 'multipart/mixed;deferSpec=20220824, application/graphql-response+json, application/json;q=0.9' },
    },
  });

/** Shows what is there, each time that more is; the promise ends with the last part. */
export const showOverview = (client: Client, id: string, show: (data: OverviewData, complete: boolean) => void) =>
  new Promise<void>((resolve, reject) => {
    const watching = client.query(OVERVIEW, { id }).subscribe(({ data, error, hasNext }) => {
      if (error) reject(error);
      else if (data) show(data, !hasNext);
      if (!hasNext) {
        resolve();
        queueMicrotask(() => watching.unsubscribe());
      }
    });
  });
