// graphql-sse 2: what happens in an organization, as it happens.
// npm install graphql-sse graphql
import { type Client, createClient } from 'graphql-sse';

export interface Activity {
  id: string;
  action: string;
  occurredAt: string;
}

const ADDED = `
  subscription Added($organizationId: ID!, $after: String) {
    activityAdded(organizationId: $organizationId, after: $after) { id action occurredAt }
  }`;

const PAUSE = 1_000;

export const createEventClient = (url: string, token?: () => string | undefined): Client =>
  createClient({
    url,
    // A repeated request would begin where this one began: `follow` begins where it ended.
    retryAttempts: 0,
    headers: () => {
      const key = token?.();
      return key ? { Authorization: `Bearer ${key}` } : ({} as Record<string, string>);
    },
  });

/** Every activity once, over connections that come and go; throws where it cannot go on. */
export async function* follow(client: Client, organizationId: string, after?: string): AsyncGenerator<Activity> {
  for (;;) {
    let refused: unknown;
    try {
      const variables = { organizationId, after };
      for await (const { data, errors } of client.iterate<{ activityAdded: Activity }>({ query: ADDED, variables })) {
        if (data?.activityAdded) {
          after = data.activityAdded.id;
          yield data.activityAdded;
        }
        // An upstream that fails is no end, and what is retryable begins again.
        refused = errors?.find(({ extensions }) => !extensions?.['retryable'] && !extensions?.['upstream']);
        if (refused) break;
      }
    } catch (error) {
      if (isRefusal(error)) throw error;
    }
    if (refused) throw refused;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/** A request that was answered with a 4xx status: a credential that is not good, a budget that is used up. */
function isRefusal(error: unknown): boolean {
  const status = (error as { response?: { status?: number } }).response?.status ?? 0;
  return status >= 400 && status < 500;
}
