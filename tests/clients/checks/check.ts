// One line per claim, and a count at the end of the process.
import { deepStrictEqual } from 'node:assert';

const place = process.argv[1]!.split('/')
  .at(-1)!
  .replace(/\.\w+$/, '');
let failed = 0;

/** A claim; it fails where its body throws. */
export async function check(claim: string, body: () => Promise<void> | void) {
  try {
    await body();
    console.log(`ok   ${place}: ${claim}`);
  } catch (error) {
    failed += 1;
    const said = error instanceof Error ? error.message : JSON.stringify(error);
    console.log(`FAIL ${place}: ${claim}: ${said.replace(/\s*\n\s*/g, ' ').slice(0, 600)}`);
  }
}

/** Whether two values are the same. */
export const same = (found: unknown, expected: unknown) => deepStrictEqual(found, expected);

/** Whether something is so; else what was found. */
export function that(holds: unknown, found?: unknown): asserts holds {
  if (!holds) throw new Error(`found ${JSON.stringify(found)}`);
}

/** An address that nobody was invited at before. */
export const stranger = () => `robin.${crypto.randomUUID().slice(0, 8)}@acme.example`;

/** A setting of the surroundings. */
export function given(name: string) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

process.on('exit', () => {
  process.exitCode ||= failed > 0 ? 1 : 0;
});
