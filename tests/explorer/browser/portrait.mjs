// The picture of the explorer in the README.
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explorer, notice, run, tab } from './editors.mjs';

/** The first example, its answer, and its upstream calls. */
export async function portray(path) {
  const page = await explorer('light');
  await page.setViewportSize({ width: 1400, height: 900 });
  await page.getByRole('button', { name: 'Show Upstream calls' }).click();
  await tab(page, 'Everything').click();
  await run(page);
  await page.locator('.waterfall').waitFor();
  await notice(page).waitFor({ state: 'hidden' });
  await page.mouse.move(700, 5);
  await page.waitForTimeout(800); // colours, scroll bars
  await mkdir(dirname(path), { recursive: true });
  await page.screenshot({ path });
}
