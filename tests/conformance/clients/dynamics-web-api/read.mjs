// Reads a whole organization with DynamicsWebApi: signs in through msal-node and uses each of its roads.
import { readFileSync, writeFileSync } from "node:fs";
import { ConfidentialClientApplication } from "@azure/msal-node";
import { DynamicsWebApi } from "dynamics-web-api";
import { handOver, handOverVersion } from "./answers.mjs";

const env = process.env;
const kept = `${env.CONFORMANCE_KEPT}/delta-links.json`;
const LABEL = "OData.Community.Display.V1.FormattedValue";
const TABLE = "Microsoft.Dynamics.CRM.lookuplogicalname";
const DATES = "Microsoft.Dynamics.CRM.DateTimeAttributeMetadata";

const app = new ConfidentialClientApplication({
  auth: {
    clientId: env.DYNAMICS_CLIENT_ID,
    clientSecret: env.DYNAMICS_CLIENT_SECRET,
    authority: `https://login.microsoftonline.com/${env.DYNAMICS_TENANT_ID}`,
  },
});
const api = new DynamicsWebApi({
  serverUrl: env.DYNAMICS_URL,
  dataApi: { version: "9.2" },
  onTokenRefresh: () => app.acquireTokenByClientCredential({ scopes: [`${env.DYNAMICS_URL}/.default`] }),
});

/** All rows by following next links ourselves, and the delta link at their end. */
async function pages(request, from) {
  const rows = [];
  let page = await api.retrieveMultiple(request, from);
  for (;;) {
    rows.push(...page.value);
    if (!page.oDataNextLink) return { rows, delta: page.oDataDeltaLink };
    page = await api.retrieveMultiple(request, page.oDataNextLink);
  }
}

function labels(row, key) {
  const columns = Object.keys(row).filter((name) => !name.includes("@") && !/_(Formatted|NavigationProperty|LogicalName)$/.test(name));
  const told = columns.flatMap((name) => [
    [`${name}@label`, row[`${name}@${LABEL}`] ?? null],
    [`${name}@table`, row[`${name}@${TABLE}`] ?? null],
  ]);
  return { [key]: row[key], ...Object.fromEntries(told) };
}

async function readDefinitions(name) {
  const entityKey = `LogicalName='${name}'`;
  const columns = (await api.retrieveAttributes({ entityKey, select: ["LogicalName", "AttributeType"] })).value;
  handOver("retrieveAttributes", name, columns.map((each) => ({ name: each.LogicalName, type: each.AttributeType })));
  const select = ["LogicalName", "DateTimeBehavior"];
  const dates = (await api.retrieveAttributes({ entityKey, castType: DATES, select })).value;
  const days = dates.map((each) => ({ name: each.LogicalName, day: each.DateTimeBehavior.Value === "DateOnly" }));
  handOver("retrieveAttributes, cast", name, days);
}

async function readRows({ LogicalName: name, EntitySetName: collection, PrimaryIdAttribute: key }) {
  handOver("retrieveAll", name, (await api.retrieveAll({ collection, maxPageSize: 500 })).value);
  handOver("retrieveMultiple, 50 a page", name, (await pages({ collection, maxPageSize: 50 })).rows);
  const annotated = await pages({ collection, maxPageSize: 500, includeAnnotations: `${LABEL},${TABLE}` });
  handOver("retrieveMultiple, labels", name, annotated.rows.map((row) => labels(row, key)));
  handOver("count", "counts", [{ name, count: await api.count({ collection }) }]);
  const counted = await api.retrieveMultiple({ collection, count: true, select: [key], maxPageSize: 1 });
  handOver("retrieveMultiple, count", "counts", [{ name, count: counted.oDataCount }]);
}

async function readInOneBatch(tables) {
  api.startBatch();
  for (const { EntitySetName: collection } of tables) api.retrieveMultiple({ collection });
  const replies = await api.executeBatch();
  tables.forEach(({ LogicalName: name }, place) => handOver("executeBatch", name, replies[place].value));
}

async function first() {
  const select = ["LogicalName", "EntitySetName", "PrimaryIdAttribute", "ChangeTrackingEnabled"];
  const tables = (await api.retrieveEntities({ select })).value;
  const described = tables.map((each) => ({
    name: each.LogicalName,
    set: each.EntitySetName,
    key: each.PrimaryIdAttribute,
    tracked: each.ChangeTrackingEnabled,
  }));
  handOver("retrieveEntities", "tables", described);
  for (const table of tables) {
    await readDefinitions(table.LogicalName);
    await readRows(table);
  }
  await readInOneBatch(tables);
  const links = [];
  for (const { name, set: collection } of described.filter((each) => each.tracked)) {
    const { rows, delta } = await pages({ collection, trackChanges: true, maxPageSize: 100 });
    handOver("trackChanges", name, rows);
    links.push({ name, collection, delta });
  }
  writeFileSync(kept, JSON.stringify({ tables, links }));
}

async function later() {
  const { tables, links } = JSON.parse(readFileSync(kept));
  try {
    await api.retrieveMultiple({ collection: "accounts", top: 1 });
  } catch ({ status, code, headers }) {
    handOver("429 is thrown", "refusal", [{ status: String(status), code, retry_after: Number(headers["retry-after"]) }]);
  }
  for (const { LogicalName: name, EntitySetName: collection } of tables) {
    const columns = await api.retrieveAttributes({ entityKey: `LogicalName='${name}'`, select: ["LogicalName"] });
    if (!columns.value.some((each) => each.LogicalName === "modifiedon")) continue;
    const filter = `modifiedon ge ${env.DYNAMICS_SINCE}`;
    const recent = await pages({ collection, filter, orderBy: ["modifiedon asc"], maxPageSize: 200 });
    handOver("filter modifiedon ge", name, recent.rows);
  }
  for (const { name, collection, delta } of links) {
    const { rows } = await pages({ collection, trackChanges: true, maxPageSize: 2 }, delta);
    handOver("deltaLink, changes", name, rows.filter((row) => row.reason !== "deleted"));
    handOver("deltaLink, deletions", name, rows.filter((row) => row.reason === "deleted").map(({ id }) => ({ id })));
  }
}

handOverVersion("dynamics-web-api");
await { first, later }[env.CONFORMANCE_RUN]();
