import { endpoint } from './settings.js';
import { askForTrace, keepTrace } from './trace.js';

const HEADERS = {
  accept: 'application/graphql-response+json, application/json',
  'content-type': 'application/json',
  'GraphQL-Preflight': '1',
};

/** One operation, sent to the gateway that served the page. Answers of any status are shown if they are JSON. */
export async function fetcher(operation, { headers: own = {} } = {}) {
  const headers = new Headers(HEADERS);
  askForTrace(operation, headers);
  for (const [name, value] of Object.entries(own)) headers.set(name, value);
  const response = await fetch(endpoint, {
    method: 'POST',
    headers,
    body: JSON.stringify(operation),
    credentials: 'same-origin',
    redirect: 'error',
  });
  const type = response.headers.get('content-type') ?? 'no content type';
  if (!/^application\/(graphql-response\+)?json\b/i.test(type)) {
    throw new Error(`${endpoint.pathname} answered with status ${response.status} and ${type}, not with JSON.`);
  }
  const answer = await response.json();
  keepTrace(operation, headers, answer);
  return answer;
}
