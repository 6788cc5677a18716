// An operation as the fragment of an address: it stays in the browser, no server and no log gets to see it.
const PREFIX = '#share=';

/** Characters of a fragment: longer addresses are cut by programs that pass them on. */
export const LONGEST = 8000;
const MOST_BYTES = 256 * 1024; // unpacked

/** The fragment of {query, variables}, which are texts: JSON, deflated, as base64url. */
export async function fragmentOf({ query, variables }) {
  const text = JSON.stringify({ query, variables: variables.trim() ? variables : undefined });
  const packed = await through(new CompressionStream('deflate-raw'), new TextEncoder().encode(text));
  const characters = Array.from(packed, (byte) => String.fromCharCode(byte)).join('');
  return PREFIX + btoa(characters).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** {query, variables} of a fragment; anything else in it is left out. Throws where it is none. */
export async function operationOf(fragment) {
  if (!fragment.startsWith(PREFIX) || fragment.length > LONGEST) throw new TypeError('not a link of this page');
  const characters = atob(fragment.slice(PREFIX.length).replaceAll('-', '+').replaceAll('_', '/'));
  const packed = Uint8Array.from(characters, (character) => character.charCodeAt(0));
  const bytes = await through(new DecompressionStream('deflate-raw'), packed);
  const { query, variables = '' } = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  if (typeof query !== 'string' || typeof variables !== 'string' || !query.trim()) throw new TypeError('no operation');
  return { query, variables };
}

async function through(stream, bytes) {
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  const parts = [];
  let size = 0;
  for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
    parts.push(value);
    size += value.length;
    if (size > MOST_BYTES) {
      await reader.cancel();
      throw new RangeError(`more than ${MOST_BYTES} bytes`);
    }
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
