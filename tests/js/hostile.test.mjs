// Documents that are made to hurt: over every door they are refused or answered, and the process lives.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";

import WebSocket from "ws";

import { startWorld } from "./differential/world.mjs";

// Generous: whether it is fast is measured elsewhere. What hurts takes minutes, or all memory.
const PATIENCE_MS = 30_000;

/** Each fragment spreads the next twice. */
const bomb = (levels, below) =>
  Array.from({ length: levels }, (_, at) => {
    const next = at + 1 < levels ? `...F${at + 1} a: viewer { ...V } ...F${at + 1}` : below;
    return `fragment F${at} on Query { ${next} }`;
  }).join(" ");

const nested = (open, inside, close, levels) => `${open.repeat(levels)}${inside}${close.repeat(levels)}`;
const many = (count, text) => Array.from({ length: count }, (_, at) => text(at)).join(" ");

// Fragments that meet each other in every combination of their levels.
const tangle = many(25, (at) => `fragment T${at} on Category { parent { ...T${at + 1} ...U${at + 1} } children { ...T${at + 1} } }
  fragment U${at} on Category { parent { ...T${at + 1} } children { ...U${at + 1} ...T${at + 1} } }`);

const DOCUMENTS = {
  "60 levels of fragments": { query: `{ ...F0 } ${bomb(60, "viewer { subject }")} fragment V on Viewer { subject }` },
  "60 levels of fields in fragments": {
    query: `{ category(code: "12", scheme: BIDEX) { ...C0 } } ${many(60, (at) => `fragment C${at} on Category { ${at < 59 ? `parent { ...C${at + 1} } a: parent { ...C${at + 1} }` : "id"} }`)}`,
  },
  "a tangle of fragments": {
    query: `{ category(code: "12", scheme: BIDEX) { ...T0 ...U0 } } ${tangle} fragment T25 on Category { id } fragment U25 on Category { id }`,
  },
  "20,000 times one field": { query: `{ ${"__typename ".repeat(20_000)}}` },
  "1,900 times one field": { query: `{ ${"__typename ".repeat(1_900)}}` },
  "5,000 aliases": { query: `{ ${many(5_000, (at) => `a${at}: __typename`)} }` },
  "600 aliases": { query: `{ ${many(600, (at) => `a${at}: __typename`)} }` },
  "a list nested 100,000 deep": { query: `{ nodes(ids: ${nested("[", "", "]", 100_000)}) { id } }` },
  "a list nested 1,540 deep": { query: `{ nodes(ids: ${nested("[", "", "]", 1_540)}) { id } }` },
  "an object nested 7,000 deep": { query: `{ offers(first: 1, where: ${nested("{not:", "{}", "}", 7_000)}) { nodes { id } } }` },
  "selections nested 5,000 deep": { query: nested("{a", "", "}", 5_000) },
  "a type nested 5,000 deep": { query: `query ($a: ${nested("[", "Int", "]", 5_000)}) { __typename }` },
  "a type nested 40 deep": { query: `query ($a: ${nested("[", "ID", "]", 40)}) { nodes(ids: $a) { id } }` },
  "selections that only open": { query: "{a".repeat(8_000) },
  "inline fragments nested 5,000 deep": { query: nested("{...", "{a}", "}", 5_000) },
  "2,000 variables": { query: `query (${many(2_000, (at) => `$v${at}: Int`)}) { __typename }` },
  "2,000 directives": { query: `{ __typename ${"@skip(if: true) ".repeat(2_000)}}` },
  "50 large pages inside each other": {
    query: nested("{ vehicles(first: 100) { nodes { orders(first: 100) { nodes { vehicle ", "{ id }", "} } } } }", 10),
  },
  "the schema, in depth": { query: `{ __schema { types ${nested("{ fields { type ", "{ name }", "} }", 14)} } }` },
  "a fragment in itself": { query: "{ ...A } fragment A on Query { ...A }" },
  "a text without an end": { query: `{ node(id: "${"a".repeat(15_000)}` },
  "a number of 10,000 digits": { query: `{ offers(first: ${"9".repeat(10_000)}) { nodes { id } } }` },
  "a list of 100,000 in a variable": {
    query: "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
    variables: { ids: Array(100_000).fill("") },
  },
  "a filter of 10,000 in a variable": {
    query: "query ($where: OfferWhere) { offers(first: 1, where: $where) { nodes { id } } }",
    variables: { where: { or: Array(10_000).fill({ final: true }) } },
  },
};

/** Variables that JSON.stringify could not write. */
const DEEP_VARIABLES = {
  "a variable nested 100,000 deep": `{"query":"query ($ids: [ID!]!) { nodes(ids: $ids) { id } }","variables":{"ids":${nested("[", "", "]", 100_000)}}}`,
  "a filter nested 5,000 deep": `{"query":"query ($w: OfferWhere) { offers(first: 1, where: $w) { nodes { id } } }","variables":{"w":${nested('{"not":', "{}", "}", 5_000)}}}`,
  "extensions nested 50,000 deep": `{"query":"{ __typename }","extensions":${nested('{"a":', "1", "}", 50_000)}}`,
};

let service;

before(async () => (service = await startWorld()));
after(async () => service?.stop());

for (const [name, request] of Object.entries(DOCUMENTS)) {
  test(`${name}: refused or answered`, async () => {
    await byPost(JSON.stringify(request));
    await byGet(request);
    await byHash(request);
    await bySocket(JSON.stringify({ id: "1", type: "subscribe", payload: request }));
    await byWebhook(request);
    await assertAlive();
  });
}

for (const [name, body] of Object.entries(DEEP_VARIABLES)) {
  test(`${name}: refused or answered`, async () => {
    await byPost(body);
    await bySocket(`{"id":"1","type":"subscribe","payload":${body}}`);
    await assertAlive();
  });
}

const signal = () => AbortSignal.timeout(PATIENCE_MS);
const headers = () => ({ "content-type": "application/json", authorization: `Bearer ${service.token}` });

async function byPost(body) {
  const response = await fetch(service.endpoint, { method: "POST", headers: headers(), body, signal: signal() });
  assertAnswered(await response.json(), response.status);
}

async function byGet({ query, variables = {} }) {
  const asked = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  let response;
  try {
    response = await fetch(`${service.endpoint}?${asked}`, { headers: headers(), signal: signal() });
  } catch (error) {
    // Of a line this long the rest is not read, so whoever writes it may see the connection end.
    assert.ok(asked.toString().length > 64 * 1024 && error instanceof TypeError, error);
    return;
  }
  const text = await response.text();
  if (response.status === 414 || response.status === 431) {
    return;
  }
  assertAnswered(JSON.parse(text), response.status);
}

/** As an automatic persisted query: by its hash alone, which is not known, and then with its text. */
async function byHash({ query, variables }) {
  const sha256Hash = createHash("sha256").update(query).digest("hex");
  const extensions = { persistedQuery: { version: 1, sha256Hash } };
  await byPost(JSON.stringify({ variables, extensions }));
  await byPost(JSON.stringify({ query, variables, extensions }));
  await byPost(JSON.stringify({ variables, extensions }));
}

/** As the document of a webhook endpoint, which is refused before anything else of the endpoint is looked at. */
async function byWebhook({ query }) {
  const mutation = `mutation ($input: CreateWebhookEndpointInput!) {
    createWebhookEndpoint(input: $input) { endpoint { id } userErrors { code } }
  }`;
  const variables = { input: { url: "https://example.com/hooks", query } };
  const body = JSON.stringify({ query: mutation, variables });
  const response = await fetch(service.endpoint, { method: "POST", headers: headers(), body, signal: signal() });
  const { data, errors } = await response.json();
  if (errors) {
    assertAnswered({ data, errors }, response.status);
    return;
  }
  const { endpoint, userErrors } = data.createWebhookEndpoint;
  assert.deepEqual([endpoint, userErrors], [null, [{ code: "INVALID_QUERY" }]]);
}

function assertAnswered({ data, errors }, status) {
  assert.ok(status < 500, `${status}: ${JSON.stringify(errors)}`);
  assert.ok(data || errors[0].extensions.code, JSON.stringify(errors));
}

/** Sends it as the first operation of a socket, and waits for an answer or the socket's end. */
async function bySocket(message) {
  const socket = new WebSocket(service.socket, "graphql-transport-ws");
  const types = await new Promise((resolve, reject) => {
    const seen = [];
    const timer = setTimeout(() => reject(new Error("no answer over the socket")), PATIENCE_MS);
    const done = (what) => (clearTimeout(timer), resolve([...seen, what]));
    socket.on("open", () => socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${service.token}` } })));
    socket.on("message", (data) => {
      const { type } = JSON.parse(data);
      seen.push(type);
      if (type === "connection_ack") {
        socket.send(message);
      } else if (type !== "ping") {
        done(type);
      }
    });
    socket.on("close", (code) => done(`close ${code}`));
    socket.on("error", () => done("error of the socket"));
  });
  socket.terminate();
  assert.equal(types[0], "connection_ack");
}

async function assertAlive() {
  assert.deepEqual(await service.graphql("{ viewer { tenantId } }"), { viewer: { tenantId: "tests" } });
}
