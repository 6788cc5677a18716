// GraphiQL's editors, and what people do with them.
import { open, until } from './watched.mjs';

/** The explorer, loaded; `address`: where, if not at the usual place, or the fragment there. */
export async function explorer(colorScheme, address = '') {
  const page = await open(address, colorScheme);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor({ timeout: 30_000 });
  return page;
}

/** One of GraphiQL's editors, by name: operation.graphql, variables.json, request-headers.json, response.json. */
const model = (page, name) =>
  page.evaluateHandle(
    (end) => globalThis.__MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith(end)),
    name,
  );
export const textOf = async (page, name) => (await model(page, name)).evaluate((found) => found.getValue());
export const setText = async (page, name, text) =>
  (await model(page, name)).evaluate((found, value) => found.setValue(value), text);

/** GraphiQL takes over what is in its editors a tenth of a second after the last change. */
export const settle = (page) => page.waitForTimeout(300);

export async function run(page) {
  await settle(page);
  await page.getByRole('button', { name: /Execute query/ }).click();
  await until(async () => (await textOf(page, 'response.json')).trim().endsWith('}'));
  return JSON.parse(await textOf(page, 'response.json'));
}

export const tab = (page, name) => page.locator('.graphiql-tab-button').filter({ hasText: new RegExp(`^${name}$`) });
export const tabNames = (page) => page.locator('.graphiql-tab-button').allTextContents();
export const activeTab = (page) => page.locator('.graphiql-tab-active .graphiql-tab-button').textContent();
export const notice = (page) => page.getByRole('status', { name: 'Notice' });
