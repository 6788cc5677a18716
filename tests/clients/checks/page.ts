// What a page in a browser may do: its requests to another origin ask first, and read only what they may.
// https://fetch.spec.whatwg.org/#http-cors-protocol

export const ORIGIN = 'https://app.example.com';

export interface Exchange {
  method: string;
  url: URL;
  headers: Headers;
  body: Record<string, unknown> | undefined;
  status: number;
  type: string;
}

/** All that pages sent, in order. */
export const exchanges: Exchange[] = [];

const SIMPLE_TYPES = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];
const SIMPLE_HEADERS = ['accept', 'accept-language', 'content-language'];
const READABLE = [
  'cache-control',
  'content-language',
  'content-length',
  'content-type',
  'expires',
  'last-modified',
  'pragma',
];

const plain = globalThis.fetch;

const asksFirst = (request: Request) =>
  [...request.headers]
    .filter(
      ([name, value]) =>
        !SIMPLE_HEADERS.includes(name) &&
        !(name === 'content-type' && SIMPLE_TYPES.includes(value.split(';')[0]!.trim().toLowerCase())),
    )
    .map(([name]) => name);

const listed = (headers: Headers, name: string) =>
  (headers.get(name) ?? '')
    .toLowerCase()
    .split(',')
    .map((each) => each.trim());

async function preflight(request: Request, origin: string, names: string[]) {
  const headers = {
    origin,
    'access-control-request-method': request.method,
    'access-control-request-headers': names.sort().join(','),
  };
  const answer = await plain(request.url, { method: 'OPTIONS', headers });
  if (!answer.ok)
    throw new TypeError(`the preflight of ${names.join()} is answered with ${answer.status}: ${await answer.text()}`);
  const missing = names.filter((name) => !listed(answer.headers, 'access-control-allow-headers').includes(name));
  if (missing.length > 0) throw new TypeError(`the preflight does not allow ${missing.join()}`);
  if (answer.headers.get('access-control-allow-origin') !== origin)
    throw new TypeError('the preflight does not allow the origin');
}

const isJson = (headers: Headers) => headers.get('content-type')?.startsWith('application/json');

/** Makes `fetch` that of a page on an origin. */
export function browse(origin = ORIGIN) {
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const names = asksFirst(request);
    if (names.length > 0) await preflight(request, origin, names);
    const bytes = await request.clone().arrayBuffer();
    const headers = new Headers(request.headers);
    for (const [name, value] of Object.entries({ origin, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }))
      headers.set(name, value);
    const answer = await plain(request.url, {
      method: request.method,
      headers,
      body: bytes.byteLength > 0 ? bytes : null,
      signal: request.signal,
    });
    exchanges.push({
      method: request.method,
      url: new URL(request.url),
      headers: request.headers,
      body: bytes.byteLength > 0 && isJson(headers) ? JSON.parse(new TextDecoder().decode(bytes)) : undefined,
      status: answer.status,
      type: answer.headers.get('content-type') ?? '',
    });
    if (answer.headers.get('access-control-allow-origin') !== origin)
      throw new TypeError(`${origin} may not read the answer (${answer.status})`);
    const exposed = [...READABLE, ...listed(answer.headers, 'access-control-expose-headers')];
    const readable = new Headers([...answer.headers].filter(([name]) => exposed.includes(name)));
    return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers: readable });
  };
}
