// node check.mjs URL FEDERATION.graphql STITCHING.graphql: the gateway at URL, and what its program prints.
import { readFileSync } from "node:fs";
import { told } from "./checks.mjs";
import { federation } from "./federation.mjs";
import { counting } from "./servers.mjs";
import { stitching } from "./stitching.mjs";

const [url, subgraph, schema] = process.argv.slice(2);
const ours = await counting(url);
await federation(ours, readFileSync(subgraph, "utf8"));
await stitching(ours, readFileSync(schema, "utf8"));
ours.close();
process.exit(told("federation and stitching"));
