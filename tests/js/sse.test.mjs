// Answers as a stream of server-sent events: what every line of it says, and that a published client
// can follow it.
//
// The mode is that of "distinct connections": one request, one operation, one stream.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { createClient } from "graphql-sse";

import { startService } from "./service.mjs";
import { openStream } from "./stream.mjs";
import { eventually } from "./program.mjs";

const EVENTS = "subscription ($after: String) { events(after: $after) { id cursor } }";
const PULL = "query ($after: String) { events(first: 3, after: $after) { nodes { id cursor } } }";

const PATIENCE_MS = 90_000;

let service;
let told;

before(async () => {
  service = await startService();
  for (let count = 0; count < 3; count += 1) {
    await service.sandbox.addOffer();
  }
  told = await eventually(async () => {
    const { events } = await service.graphql(PULL);
    return events.nodes.length === 3 && events.nodes;
  }, PATIENCE_MS);
  assert.ok(told, service.output());
});

after(async () => {
  await service?.stop();
});

describe("a stream", { concurrency: true }, () => {
  for (const method of ["GET", "POST"]) {
    test(`of a query by ${method} has its answer and its end`, async () => {
      const stream = await openStream(service, { method, query: "{ __typename }" });
      assert.equal(stream.status, 200);
      assert.match(stream.type, /^text\/event-stream\b/);
      const next = await stream.next();
      assert.equal(next.event, "next");
      assert.deepEqual(JSON.parse(next.data).data, { __typename: "Query" });
      assert.equal((await stream.next()).event, "complete");
      assert.equal(await stream.next(), undefined);
    });

    test(`of a subscription by ${method} has each event's cursor as its id`, async () => {
      const variables = { after: told[0].cursor };
      const stream = await openStream(service, { method, query: EVENTS, variables });
      for (const expected of told.slice(1)) {
        const { event, id, data } = await stream.next();
        assert.deepEqual([event, id], ["next", expected.cursor]);
        assert.deepEqual(JSON.parse(data).data.events, expected);
      }
      stream.end();
    });
  }

  test("goes on after its Last-Event-ID", async () => {
    const headers = { "last-event-id": told[1].cursor };
    const stream = await openStream(service, { query: EVENTS, headers });
    assert.equal((await stream.next()).id, told[2].cursor);
    stream.end();
  });

  test("goes on after its Last-Event-ID and not after its argument, which is older", async () => {
    const headers = { "last-event-id": told[1].cursor };
    const variables = { after: told[0].cursor };
    const stream = await openStream(service, { query: EVENTS, variables, headers });
    assert.equal((await stream.next()).id, told[2].cursor);
    stream.end();
  });

  test("has an id although the cursor was not asked for", async () => {
    const query = "subscription ($after: String) { events(after: $after) { id } }";
    const stream = await openStream(service, { query, variables: { after: told[0].cursor } });
    const { id, data } = await stream.next();
    assert.equal(id, told[1].cursor);
    assert.deepEqual(JSON.parse(data).data.events, { id: told[1].id });
    stream.end();
  });

  test("that has nothing to say shows that it is alive", async () => {
    const stream = await openStream(service, { query: EVENTS });
    await eventually(() => stream.comments() > 0, PATIENCE_MS);
    assert.ok(stream.comments() > 0);
    stream.end();
  });

  test("is kept by nobody on its way", async () => {
    const stream = await openStream(service, { query: EVENTS });
    assert.match(stream.headers.get("cache-control"), /no-store|no-cache/);
    assert.equal(stream.headers.get("content-encoding"), null);
    assert.equal(stream.headers.get("x-accel-buffering"), "no");
    stream.end();
  });

  test("of a mutation by GET is refused", async () => {
    const query = 'mutation { deleteWebhookEndpoint(input: { id: "wh_1" }) { userErrors { code } } }';
    const stream = await openStream(service, { method: "GET", query });
    assert.equal(stream.status, 405);
    stream.end();
  });

  test("without a token is refused, whoever asks", async () => {
    for (const headers of [{ authorization: "Bearer nonsense" }, { authorization: "" }]) {
      const stream = await openStream(service, { query: EVENTS, headers });
      const says = stream.status === 200 ? (await stream.next()).data : await stream.text();
      assert.match(says, /UNAUTHENTICATED/);
      stream.end();
    }
  });

  for (const [name, query, code] of [
    ["is no GraphQL", "{", "GRAPHQL_PARSE_FAILED"],
    ["does not fit the schema", "subscription { nothing { id } }", "GRAPHQL_VALIDATION_FAILED"],
  ]) {
    test(`for a document that ${name} says so`, async () => {
      const stream = await openStream(service, { query });
      // The protocol allows a status before the stream, and an answer in it.
      assert.ok([200, 400].includes(stream.status), `${stream.status}`);
      const says = stream.status === 200 ? (await stream.next()).data : await stream.text();
      assert.match(says, new RegExp(code));
      stream.end();
    });
  }

  for (const cursor of ["nonsense", "AAAA", "\u00e4"]) {
    test(`refuses the cursor ${JSON.stringify(cursor)}`, async () => {
      const headers = { "last-event-id": cursor };
      const stream = await openStream(service, { query: EVENTS, headers });
      const says = stream.status === 200 ? (await stream.next()).data : await stream.text();
      assert.match(says, /BAD_USER_INPUT|BAD_REQUEST/);
      stream.end();
    });
  }
});

describe("graphql-sse", () => {
  let client;

  before(() => {
    client = createClient({
      url: service.endpoint,
      headers: { authorization: `Bearer ${service.token}` },
      retryAttempts: 0,
    });
  });

  after(() => client?.dispose());

  test("runs a query and a mutation", async () => {
    for (const [query, field] of [
      ["{ offers(first: 1) { nodes { id } } }", "offers"],
      ['mutation { createWebhookEndpoint(input: { url: "http://127.0.0.1:8443/sse" }) { endpoint { id } } }', "createWebhookEndpoint"],
    ]) {
      const answers = [];
      for await (const answer of client.iterate({ query })) {
        answers.push(answer);
      }
      assert.equal(answers.length, 1);
      assert.equal(answers[0].errors, undefined, JSON.stringify(answers[0].errors));
      assert.ok(answers[0].data[field]);
    }
  });

  test("follows a subscription from a cursor on", async () => {
    const heard = [];
    for await (const { data } of client.iterate({ query: EVENTS, variables: { after: told[0].cursor } })) {
      heard.push(data.events);
      if (heard.length === 2) {
        break;
      }
    }
    assert.deepEqual(heard, told.slice(1));
  });
});
