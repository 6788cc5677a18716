// graphql-ws 6: queries and mutations over one WebSocket.
// npm install graphql-ws graphql
import { type Client, createClient } from 'graphql-ws';

export interface Options {
  /** The gateway's `/graphql`, with `ws:` or `wss:`. */
  url: string;
  /** Asked at each connection. A browser's socket carries no headers: the credential goes into the first message. */
  token?: () => string | undefined;
  /** Only where there is no global WebSocket, as in Node before 22. */
  webSocketImpl?: unknown;
  onClosed?: (code: number, reason: string) => void;
}

const FORBIDDEN = 4403;

export const connect = ({ url, token, webSocketImpl, onClosed }: Options): Client =>
  createClient({
    url,
    webSocketImpl,
    connectionParams: () => {
      const key = token?.();
      return key ? { Authorization: `Bearer ${key}` } : {};
    },
    // A credential that was refused is refused again: anything else is worth another try.
    shouldRetry: (event) => (event as CloseEvent).code !== FORBIDDEN,
    on: { closed: (event) => onClosed?.((event as CloseEvent).code, (event as CloseEvent).reason) },
  });

/** The one answer of a query or a mutation. */
export async function ask<Data>(client: Client, query: string, variables: Record<string, unknown> = {}) {
  for await (const answer of client.iterate<Data>({ query, variables })) return answer;
  throw new Error('The gateway completed the operation without an answer.');
}
