// Servers of this process: toy services, and a proxy that counts what is asked of the gateway.
import { createServer } from "node:http";
import { graphql } from "graphql";

async function read(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function listen(handle) {
  const seen = [];
  const server = createServer(async (request, response) => {
    const body = await read(request);
    seen.push(body);
    const { status, text } = await handle(body, request);
    response.writeHead(status, { "content-type": "application/json" }).end(text);
  });
  server.keepAliveTimeout = 600_000; // a connection that ends just while it is used again would be the toys' fault
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/graphql`,
    /** The bodies of the requests since the last call. */
    taken: () => seen.splice(0),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Serves a schema. */
export const serving = (schema) =>
  listen(async (body) => {
    const { query, variables, operationName } = JSON.parse(body);
    const answer = await graphql({ schema, source: query, variableValues: variables, operationName });
    return { status: 200, text: JSON.stringify(answer) };
  });

/** Passes every request on to `url`. */
export const counting = (url) =>
  listen(async (body) => {
    const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    return { status: answer.status, text: await answer.text() };
  });

/** The answer of the server at `url` to a query. */
export async function ask(url, query, variables = {}) {
  const body = JSON.stringify({ query, variables });
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  return answer.json();
}
