// Relay 21: its environment for the gateway.
// npm install relay-runtime; npm install --save-dev relay-compiler babel-plugin-relay; npx relay-compiler
import { Environment, type FetchFunction, type GraphQLResponse, Network, RecordSource, Store } from 'relay-runtime';

// Global ids are those of the types that implement Node. The `id` of these is the upstream's own and says nothing alone:
// the store keeps them inside the object that they were read with.
export const EMBEDDED = new Set(['Actor', 'AssignedRole', 'ByocConfig', 'Plan', 'PrivateEndpoint']);

/** What the gateway says beside the data. */
export interface Failure {
  message: string;
  path?: readonly (string | number)[];
  extensions: { code: string; retryable: boolean; requestId: string };
}

export function createEnvironment(
  url: string,
  { token, onFailure }: { token?: string; onFailure?: (failure: Failure) => void } = {},
) {
  const ask: FetchFunction = async ({ id, text }, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      // `id`: of an operation that relay-compiler wrote into the file of `persistConfig`.
      body: JSON.stringify(id ? { documentId: id, variables } : { query: text, variables }),
    });
    const answer = (await response.json()) as GraphQLResponse & { errors?: Failure[] };
    // Relay tells components which fields failed; the codes are told here.
    for (const failure of answer.errors ?? []) onFailure?.(failure);
    return answer;
  };
  return new Environment({
    network: Network.create(ask),
    store: new Store(new RecordSource()),
    getDataID: (value, type) => (EMBEDDED.has(type) ? null : value['id']),
  });
}
