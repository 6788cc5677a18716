// Pages in Chromium, and all that went wrong on them: requests to other hosts, console messages, refused requests.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [address, folder] = process.argv.slice(2);
if (!address || !folder) {
  console.error(`usage: node ${process.argv[1]} URL FOLDER`);
  process.exit(2);
}
await mkdir(folder, { recursive: true });

export const base = new URL(address);
/** The same gateway by a name and plain HTTP, which browsers do not trust: no clipboard there. */
export const untrusted = new URL(address);
untrusted.hostname = 'gateway.test';
export const operations = [];

let passed = 0;
let failed = 0;
const outside = [];
const complaints = [];
const unanswered = [];
const opened = [];

export function report(name, problems = []) {
  const good = problems.length === 0;
  if (good) passed += 1;
  else failed += 1;
  console.log(`${good ? 'ok  ' : 'FAIL'} ${name}${good ? '' : `: ${problems.slice(0, 5).join(' | ')}`}`);
}

export async function check(name, body) {
  try {
    report(name, (await body()) ?? []);
  } catch (error) {
    report(name, [error.message.split('\n')[0]]);
  }
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-background-networking',
    '--disable-component-update',
    `--host-resolver-rules=MAP ${untrusted.hostname} ${base.hostname}`,
  ],
});

const isUntrusted = (page) => new URL(page.url()).origin === untrusted.origin;

/** A page of its own context; `refusals`: whether requests that are refused, or fail, are what is looked at. */
export async function open(path, colorScheme, { refusals = false } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme });
  await context.route('**/*', (route) => {
    const url = new URL(route.request().url());
    if ([base.origin, untrusted.origin].includes(url.origin) || url.protocol === 'data:') return route.continue();
    outside.push(url.href);
    return route.abort();
  });
  await context.addInitScript(() => {
    globalThis.violations = [];
    addEventListener('securitypolicyviolation', (event) =>
      globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.text().startsWith('The Cross-Origin-Opener-Policy header has been ignored') && isUntrusted(page)) return;
    if (refusals && message.text().startsWith('Failed to load resource')) return;
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('response', (response) => {
    if (response.status() >= 400 && !refusals) unanswered.push(`${response.status()} ${response.url()}`);
  });
  page.on('request', (request) => request.method() === 'POST' && operations.push(request));
  await page.goto(new URL(path, base).href);
  opened.push(page);
  return page;
}

export async function shot(page, name) {
  await page.waitForTimeout(400); // the editors colour their text in the background
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

export async function until(condition) {
  const end = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`never came true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The claims about every page, then the end of the process. */
export async function finish() {
  for (const page of opened) complaints.push(...(await page.evaluate(() => globalThis.violations)));
  report('no request went to any other host', outside);
  report('no request was refused', unanswered);
  report('the console shows no error or warning, the policy no violation', complaints);
  await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
