// Reads a whole org with jsforce: signs in with client credentials and uses each of its roads.
import jsforce from "jsforce";
import { handOver, handOverVersion } from "./answers.mjs";

const COMPOUND = new Set(["address", "location"]);
const env = process.env;

const pick = (row, names) => Object.fromEntries(names.map((name) => [name, row[name]]));

async function read(connection, { name, replicateable }) {
  const { fields } = await connection.sobject(name).describe();
  handOver("describe", name, fields.map((field) => pick(field, ["name", "type", "nillable"])));
  const select = (chosen) => `SELECT ${chosen.map((field) => field.name).join(", ")} FROM ${name}`;
  const whole = { autoFetch: true, maxFetch: 1_000_000 };
  handOver("query", name, (await connection.query(select(fields), whole)).records);
  handOver("query scanAll", name, (await connection.query(select(fields), { ...whole, scanAll: true })).records);
  if (replicateable) {
    const window = [env.SALESFORCE_SINCE, env.SALESFORCE_UNTIL];
    handOver("updated", name, (await connection.sobject(name).updated(...window)).ids.map((Id) => ({ Id })));
    handOver("deleted", name, (await connection.sobject(name).deleted(...window)).deletedRecords);
  }
  await readByBulk(connection, name, select(fields.filter((field) => !COMPOUND.has(field.type))));
}

async function readByBulk(connection, name, query) {
  const polls = { pollInterval: 100, pollTimeout: 60_000 };
  try {
    handOver("bulk2.query", name, await (await connection.bulk2.query(query, polls)).toArray());
  } catch (error) {
    if (error.message.includes("is not supported by the Bulk API")) return; // some objects are for REST alone
    throw error;
  }
  handOver("bulk2.query scanAll", name, await (await connection.bulk2.query(query, { ...polls, scanAll: true })).toArray());
}

/** Every road, object by object. */
async function first(connection) {
  const { sobjects } = await connection.describeGlobal();
  handOver("describe global", "sobjects", sobjects.map((each) => pick(each, ["name", "keyPrefix"])));
  const { DailyApiRequests } = await connection.limits();
  handOver("limits", "limits", [{ name: "DailyApiRequests", Max: DailyApiRequests.Max }]);
  for (const sobject of sobjects) await read(connection, sobject);
}

/** Bulk where the result has several pages: what its parser throws comes from a stream that nobody can catch. */
async function later(connection) {
  const { fields } = await connection.sobject("Opportunity").describe();
  const names = fields.filter((field) => !COMPOUND.has(field.type)).map((field) => field.name);
  const thrown = new Promise((resolve, reject) => process.once("uncaughtException", reject));
  const reading = connection.bulk2.query(`SELECT ${names.join(", ")} FROM Opportunity`).then((stream) => stream.toArray());
  try {
    handOver("bulk2.query over pages", "Opportunity", await Promise.race([reading, thrown]));
  } catch (error) {
    console.error(error.message);
    process.exit(0);
  }
}

handOverVersion("jsforce");
const connection = new jsforce.Connection({
  version: "62.0",
  oauth2: {
    clientId: env.SALESFORCE_CLIENT_ID,
    clientSecret: env.SALESFORCE_CLIENT_SECRET,
    loginUrl: `https://${env.SALESFORCE_DOMAIN}.salesforce.com`,
  },
});
await connection.authorize({ grant_type: "client_credentials" });
await { first, later }[env.CONFORMANCE_RUN](connection);
