// Apollo Client 4: queries by their hashes in place of their texts.
// npm install @apollo/client graphql rxjs
import { ApolloClient, HttpLink } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { generatePersistedQueryIdsFromManifest } from '@apollo/persisted-query-lists';
import { createCache } from './members';

async function sha256(text: string) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Automatic: the gateway learns a query the first time that it is sent, by any client. Queries go by GET. */
export const createClient = (url: string) =>
  new ApolloClient({
    link: new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(new HttpLink({ uri: url })),
    cache: createCache(),
  });

/**
 * Trusted: the gateway runs what stands in its `documents.manifest`, and with `trusted_only` nothing else.
 * npm install @apollo/persisted-query-lists; npm install --save-dev @apollo/generate-persisted-query-manifest
 * npx generate-persisted-query-manifest --config persisted-query-manifest.config.json
 */
export const createTrustedClient = (url: string) =>
  new ApolloClient({
    link: new PersistedQueryLink(
      generatePersistedQueryIdsFromManifest({ loadManifest: () => import('./persisted-query-manifest.json') }),
    ).concat(new HttpLink({ uri: url })),
    cache: createCache(),
  });
