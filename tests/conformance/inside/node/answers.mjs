// How a client's program hands over what it read: JSON lines in the file that CONFORMANCE_ANSWERS names.
import { appendFileSync, readFileSync } from "node:fs";

const write = (line) => appendFileSync(process.env.CONFORMANCE_ANSWERS, JSON.stringify(line) + "\n");

/** The rows of one object, as the client gave them; may be called again for more of them. */
export const handOver = (exercise, object, rows) => write({ exercise, object, rows });

/** Which version of the client is at work. */
export const handOverVersion = (name) =>
  write({ version: JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version });
