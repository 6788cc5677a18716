// Holds a running gateway against the audits of GraphQL over HTTP: node audit.mjs http://127.0.0.1:8000/graphql
import { serverAudits } from 'graphql-http';

const url = process.argv[2];
if (!url) {
  console.error('usage: node audit.mjs URL');
  process.exit(2);
}

let failed = 0;
const audits = serverAudits({ url, fetchFn: fetch });
for (const audit of audits) {
  const result = await audit.fn();
  const passed = result.status === 'ok';
  failed += passed ? 0 : 1;
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${audit.id} ${audit.name}${passed ? '' : ` (${result.status}: ${result.reason})`}`);
}
console.log(`${audits.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 || audits.length === 0 ? 1 : 0);
