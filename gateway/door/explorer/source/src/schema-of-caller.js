import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useRef } from 'react';
import { isRefused } from './fetcher.js';
import { notify } from './notices.jsx';

/** Where nobody may look at the schema without a credential: says where it goes, and looks again when it is there. */
export function useSchemaOfCaller() {
  const { introspect } = useGraphiQLActions();
  const fetchError = useGraphiQL((state) => state.fetchError);
  const isFetching = useGraphiQL((state) => state.isFetching);
  const lacksSchema = useGraphiQL((state) => !state.schema);
  const wasFetching = useRef(false);

  // The notice goes with the error.
  useEffect(() => {
    if (!fetchError?.includes('"UNAUTHENTICATED"')) return undefined;
    document.querySelector('.graphiql-editor-tools [data-name="headers"]')?.click();
    return notify('The gateway asks for a credential: put it into Authorization, below Headers, and execute a query.');
  }, [fetchError]);

  useEffect(() => {
    // not while somebody writes: parts of a credential would be taken for guesses
    if (wasFetching.current && !isFetching && lacksSchema && !isRefused()) void introspect();
    wasFetching.current = isFetching;
  }, [isFetching, lacksSchema, introspect]);
}
