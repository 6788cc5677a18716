import { answers } from './events.js';
import { notify } from './notices.jsx';
import { endpoint } from './settings.js';
import { askForTrace, keepTrace, keepTraceOfEvent } from './trace.js';

const HEADERS = {
  accept: 'application/graphql-response+json, application/json, text/event-stream',
  'content-type': 'application/json',
  'GraphQL-Preflight': '1',
};

let refused = false;

/** Whether the last answer wanted a credential, or another one. */
export const isRefused = () => refused;

/**
 * One operation, sent to the gateway that served the page. Answers of any status are shown if they are JSON; those to a
 * subscription come one after the other.
 */
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
  refused = response.status === 401;
  const type = response.headers.get('content-type') ?? 'no content type';
  if (/^text\/event-stream\b/i.test(type)) {
    keepTraceOfEvent(operation);
    return answers(response, {
      onAnswer: (answer) => keepTraceOfEvent(operation, answer),
      onLost: () => notify('The connection was lost, and with it the subscription. Execute it again.'),
    });
  }
  if (!/^application\/(graphql-response\+)?json\b/i.test(type)) {
    throw new Error(`${endpoint.pathname} answered with status ${response.status} and ${type}, not with JSON.`);
  }
  const answer = await response.json();
  keepTrace(operation, headers, answer);
  return answer;
}
