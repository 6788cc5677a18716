// How the page asks: of its own gateway alone, with the key that was typed in, which this tab alone keeps.
const KEY = 'gateway:status-key';
const MOST_MS = 8000;

export const key = {
  get: () => sessionStorage.getItem(KEY),
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => sessionStorage.removeItem(KEY),
};

/** The gateway refused: `status` is 401, 403 or another that is no 2xx. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * JSON of the gateway.
 * @param {string} path Relative to the page.
 * @throws {Refused} It answered, but not with what was asked for.
 * @throws {Error} It did not answer.
 */
export async function ask(path) {
  const headers = { accept: 'application/json' };
  if (key.get() !== null) headers.authorization = `Bearer ${key.get()}`;
  const response = await fetch(new URL(path, document.baseURI), {
    headers,
    cache: 'no-store',
    credentials: 'same-origin',
    redirect: 'error',
    signal: AbortSignal.timeout(MOST_MS),
  });
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(response.status, String(body?.message ?? `Status ${response.status}.`));
  if (body === null) throw new Refused(response.status, 'The answer is no JSON.');
  return body;
}
