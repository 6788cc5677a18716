// Counts what holds, and tells what does not.
import { isDeepStrictEqual } from "node:util";

let good = 0;
let bad = 0;

/** Holds `found` against `expected`. */
export function equal(what, found, expected) {
  if (isDeepStrictEqual(found, expected)) {
    good += 1;
    return;
  }
  bad += 1;
  console.error(`not so: ${what}\n  expected ${JSON.stringify(expected)}\n  found    ${JSON.stringify(found)}`);
}

/** Without prototypes and undefined members, as JSON has it. */
export const plain = (value) => JSON.parse(JSON.stringify(value ?? null));

/** Prints the figures; the exit code. */
export function told(name) {
  console.log(`${name}: ${good} of ${good + bad} checks passed`);
  return bad ? 1 : 0;
}
