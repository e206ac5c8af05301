// Reads a whole org with jsforce: signs in with client credentials and uses each of its roads.
import jsforce from "jsforce";
import { handOver, handOverVersion } from "./answers.mjs";

const BULK_CANNOT = new Set(["CaseStatus"]);
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
  if (!BULK_CANNOT.has(name)) {
    const query = select(fields.filter((field) => !COMPOUND.has(field.type)));
    const polls = { pollInterval: 100, pollTimeout: 60_000 };
    handOver("bulk2.query", name, await (await connection.bulk2.query(query, polls)).toArray());
    handOver("bulk2.query scanAll", name, await (await connection.bulk2.query(query, { ...polls, scanAll: true })).toArray());
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
const { sobjects } = await connection.describeGlobal();
handOver("describe global", "sobjects", sobjects.map((each) => pick(each, ["name", "keyPrefix"])));
const { DailyApiRequests } = await connection.limits();
handOver("limits", "limits", [{ name: "DailyApiRequests", Max: DailyApiRequests.Max }]);
for (const sobject of sobjects) await read(connection, sobject);
