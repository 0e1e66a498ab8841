// A mutation happens as often as its answer has it, however often the document names it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startWorld } from "./differential/world.mjs";

const COUNT = `{ webhookEndpoints(first: 50) { nodes { description } } }`;

let service;

before(async () => (service = await startWorld()));
after(async () => service?.stop());

/** What one mutation is written as: an endpoint of this name, with this of it asked for. */
const made = (name, below) =>
  `createWebhookEndpoint(input: { url: "http://127.0.0.1:40000/", description: "${name}" }) { endpoint { ${below} } }`;

const count = async (name) => {
  const { nodes } = (await service.graphql(COUNT)).webhookEndpoints;
  return nodes.filter((it) => it.description === name).length;
};

test("a mutation that is named twice under one name happens once", async () => {
  const twice = await service.graphql(`mutation { a: ${made("once", "id")} a: ${made("once", "id")} }`);
  assert.equal(await count("once"), 1);
  assert.deepEqual(Object.keys(twice), ["a"]);
});

test("what is asked of a mutation in several places comes in one answer", async () => {
  const document = `
    mutation { ${made("spread", "id")} ...A ... { ...A ...B } ... on Mutation { ${made("spread", "status")} } }
    fragment A on Mutation { ${made("spread", "url")} ...B }
    fragment B on Mutation { ${made("spread", "id description")} }
  `;
  const { createWebhookEndpoint: answer } = await service.graphql(document);
  assert.equal(await count("spread"), 1);
  assert.deepEqual(Object.keys(answer.endpoint), ["id", "url", "description", "status"]);
});

test("a mutation under two names happens twice", async () => {
  const both = await service.graphql(`mutation { a: ${made("twice", "id")} b: ${made("twice", "id")} }`);
  assert.equal(await count("twice"), 2);
  assert.notEqual(both.a.endpoint.id, both.b.endpoint.id);
});

test("one name for two mutations is refused and neither happens", async () => {
  const query = `mutation { a: ${made("one", "id")} a: ${made("other", "id")} }`;
  const { answer } = await service.send({ query });
  assert.equal(answer.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");
  assert.equal((await count("one")) + (await count("other")), 0);
});

test("nothing happens if a later part of the document lacks its variable", async () => {
  const query = `mutation ($on: Boolean!) { a: ${made("early", "id")} b: ${made("late", "id @skip(if: $on)")} }`;
  const { answer } = await service.send({ query });
  assert.equal(answer.errors[0].extensions.code, "BAD_USER_INPUT");
  assert.equal((await count("early")) + (await count("late")), 0);
});

test("a mutation that is skipped does not happen", async () => {
  const query = `mutation ($off: Boolean = true) { a: ${made("skipped", "id").replace(") {", ") @skip(if: $off) {")} }`;
  assert.deepEqual(await service.graphql(query), {});
  assert.equal(await count("skipped"), 0);
});
