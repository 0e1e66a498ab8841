// The protocol graphql-transport-ws, message by message: what a client may send and when, and with
// which code the socket is closed if it does not keep to that.
//
// The rules are those of the protocol's document; where it leaves a choice, docs/api.md has ours.

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";

import { createClient } from "graphql-ws";
import { createClient as createOldClient } from "graphql-ws-5";
import WebSocket from "ws";

import { now, startService } from "./service.mjs";
import { eventually } from "./program.mjs";
import { PROTOCOL, openSession, openSocket } from "./socket.mjs";

const EVENTS = "subscription ($after: String) { events(after: $after) { id cursor } }";
const HELLO = { query: "{ __typename }" };

const MOST_OPERATIONS = 50;
const LONGEST_MESSAGE = 64 * 1024;

// How much the clocks of whoever signs tokens and of the service may differ.
const LEEWAY_SECONDS = 5;

const PATIENCE_MS = 60_000;

let service;

before(async () => {
  service = await startService();
});

after(async () => {
  await service?.stop();
});

// Some of them wait for the service, so they wait together.
const together = { concurrency: true };

/** Opens a session for `probe`, and ends it. */
function session(name, probe) {
  test(name, async () => {
    const socket = await openSession(service);
    try {
      await probe(socket);
    } finally {
      socket.end();
    }
  });
}

/** Opens a session, sends what `breach` does, and insists on the close code. */
function closes(code, name, breach, reason = /./) {
  session(`${code}: ${name}`, async (socket) => {
    await breach(socket);
    const end = await socket.closed();
    assert.equal(end.code, code, end.reason);
    assert.match(end.reason, reason);
  });
}

describe("before the acknowledgement", together, () => {
  test("4408: no connection_init in time", async () => {
    const socket = await openSocket(service);
    const end = await socket.closed();
    assert.deepEqual(end, { code: 4408, reason: "Connection initialisation timeout" });
  });

  test("4401: a subscription before the acknowledgement", async () => {
    const socket = await openSocket(service);
    socket.subscribe("1", HELLO);
    assert.deepEqual(await socket.closed(), { code: 4401, reason: "Unauthorized" });
  });

  for (const [name, token] of [
    ["a token that is none", () => "nonsense"],
    ["a token that has expired", () => service.mint({ exp: now() - 3_600 })],
    ["a token for somebody else", () => service.mint({ aud: "another" })],
  ]) {
    test(`4403: ${name}`, async () => {
      const socket = await openSocket(service);
      socket.send({ type: "connection_init", payload: { Authorization: `Bearer ${token()}` } });
      const end = await socket.closed();
      assert.equal(end.code, 4403, end.reason);
      assert.match(end.reason, /./);
    });
  }

  test("a ping is answered before the acknowledgement, too", async () => {
    const socket = await openSocket(service);
    socket.send({ type: "ping" });
    assert.equal((await socket.next()).type, "pong");
    socket.end();
  });

  for (const protocols of [[], ["graphql-ws"]]) {
    test(`without the protocol (${protocols}) there is no socket`, async () => {
      const socket = new WebSocket(service.socket, protocols);
      // The service refuses, or closes; a client may find before that that it got no protocol.
      const [outcome] = await Promise.race([
        once(socket, "close"),
        once(socket, "unexpected-response").then(([, response]) => [response.statusCode]),
        new Promise((failed) => socket.on("error", ({ message }) => failed([message]))),
      ]);
      socket.terminate();
      assert.ok([400, 4406, "Server sent no subprotocol"].includes(outcome), `${outcome}`);
    });
  }

  test("the protocol is found among others", async () => {
    const socket = await openSocket(service, ["something-else", PROTOCOL]);
    assert.equal(socket.protocol, PROTOCOL);
    socket.end();
  });
});

describe("what is no message of the protocol", together, () => {
  closes(4400, "no JSON", (socket) => socket.raw("{"));
  closes(4400, "JSON that is no object", (socket) => socket.send([]));
  closes(4400, "no type", (socket) => socket.send({ id: "1" }));
  closes(4400, "a type that does not exist", (socket) => socket.send({ type: "start", id: "1" }));
  closes(4400, "a message that only a server sends", (socket) => socket.send({ type: "next", id: "1", payload: {} }));
  closes(4400, "a subscribe without an id", (socket) => socket.send({ type: "subscribe", payload: HELLO }));
  closes(4400, "a subscribe with an empty id", (socket) => socket.subscribe("", HELLO));
  closes(4400, "an id that is a number", (socket) => socket.subscribe(1, HELLO));
  closes(4400, "a subscribe without a payload", (socket) => socket.send({ type: "subscribe", id: "1" }));
  closes(4400, "a subscribe without a query", (socket) => socket.subscribe("1", {}));
  closes(4400, "variables that are no object", (socket) => socket.subscribe("1", { ...HELLO, variables: 1 }));
  closes(4400, "a complete without an id", (socket) => socket.send({ type: "complete" }));
  closes(4400, "a binary frame", (socket) =>
    socket.raw(Buffer.from(JSON.stringify({ type: "ping" })), { binary: true }),
  );
  closes(4429, "a second connection_init", (socket) => socket.send({ type: "connection_init" }), /^Too many initialisation requests$/);
  closes(
    4409,
    "an id that is in use",
    (socket) => {
      socket.subscribe("twin", { query: EVENTS });
      socket.subscribe("twin", { query: EVENTS });
    },
    /^Subscriber for twin already exists$/,
  );

  session(`a message of ${LONGEST_MESSAGE} bytes is read, and not one of a byte more`, async (socket) => {
    const filled = (length) => {
      const message = { type: "ping", payload: { fill: "" } };
      message.payload.fill = "x".repeat(length - JSON.stringify(message).length);
      return message;
    };
    socket.send(filled(LONGEST_MESSAGE));
    assert.equal((await socket.next()).type, "pong");
    socket.send(filled(LONGEST_MESSAGE + 1));
    const { code } = await socket.closed();
    assert.ok([1009, 4400].includes(code), `${code}`);
  });
});

describe("operations", together, () => {
  session("a ping gets a pong with its payload", async (socket) => {
    socket.send({ type: "ping", payload: { at: 1 } });
    assert.deepEqual(await socket.next(), { type: "pong", payload: { at: 1 } });
  });

  session("a pong that nobody asked for is nothing", async (socket) => {
    socket.send({ type: "pong" });
    socket.send({ type: "pong", payload: { at: 1 } });
    await socket.answers();
  });

  session("a query is answered once and completed", async (socket) => {
    socket.subscribe("q", { query: "query Q($n: Int!) { offers(first: $n) { nodes { id } } }", variables: { n: 2 } });
    const { type, payload } = await socket.next("q");
    assert.equal(type, "next");
    assert.equal(payload.data.offers.nodes.length, 2);
    assert.deepEqual(await socket.next("q"), { id: "q", type: "complete" });
  });

  session("a mutation is done once, answered and completed", async (socket) => {
    const query = `mutation {
      a: createWebhookEndpoint(input: { url: "http://127.0.0.1:8443/socket" }) { userErrors { code } }
      a: createWebhookEndpoint(input: { url: "http://127.0.0.1:8443/socket" }) { endpoint { url } }
    }`;
    socket.subscribe("m", { query });
    const { payload } = await socket.next("m");
    assert.equal(payload.errors, undefined, JSON.stringify(payload.errors));
    assert.deepEqual(payload.data.a.userErrors, []);
    assert.equal((await socket.next("m")).type, "complete");
    const { webhookEndpoints } = await service.graphql("{ webhookEndpoints(first: 10) { nodes { url } } }");
    assert.deepEqual(webhookEndpoints.nodes, [payload.data.a.endpoint]);
  });

  session("what a field cannot answer is an error beside the data, in a next", async (socket) => {
    socket.subscribe("f", { query: "{ offers { nodes { id } } __typename }" });
    const { type, payload } = await socket.next("f");
    assert.equal(type, "next");
    assert.equal(payload.data.__typename, "Query");
    assert.equal(payload.errors[0].extensions.code, "BAD_USER_INPUT");
    assert.equal((await socket.next("f")).type, "complete");
  });

  for (const [name, query, code] of [
    ["is no GraphQL", "{", "GRAPHQL_PARSE_FAILED"],
    ["does not fit the schema", "{ nothing }", "GRAPHQL_VALIDATION_FAILED"],
    ["is no valid subscription", "subscription { nothing { id } }", "GRAPHQL_VALIDATION_FAILED"],
    ["is too long", `{ __typename # ${"x".repeat(20_000)}\n }`, "DOCUMENT_TOO_LARGE"],
  ]) {
    session(`a document that ${name} is an error message, and the socket stays`, async (socket) => {
      socket.subscribe("e", { query });
      const { type, payload } = await socket.next("e");
      assert.equal(type, "error");
      assert.equal(payload[0].extensions.code, code);
      assert.match(payload[0].message, /./);
      // An error ends the operation: its id is free and no complete follows.
      socket.subscribe("e", HELLO);
      assert.equal((await socket.next("e")).type, "next");
      assert.equal((await socket.next("e")).type, "complete");
    });
  }

  session("the client's complete ends a stream and frees its id", async (socket) => {
    socket.subscribe("s", { query: EVENTS });
    socket.send({ id: "s", type: "complete" });
    socket.subscribe("s", HELLO);
    assert.equal((await socket.next("s")).type, "next");
    assert.equal((await socket.next("s")).type, "complete");
  });

  session("a complete for an id that is unknown is nothing", async (socket) => {
    socket.send({ id: "unknown", type: "complete" });
    await socket.answers();
  });

  // Without an answer a client takes it for a broken connection.
  session("a client's goodbye is answered", async (socket) => {
    socket.subscribe("s", { query: EVENTS });
    socket.leave();
    assert.equal((await socket.closed()).code, 1000);
  });

  session("an id is used again after its operation is complete", async (socket) => {
    for (let round = 0; round < 3; round += 1) {
      socket.subscribe("again", HELLO);
      assert.equal((await socket.next("again")).type, "next");
      assert.equal((await socket.next("again")).type, "complete");
    }
  });

  session(`more than ${MOST_OPERATIONS} operations at once are refused, one by one`, async (socket) => {
    for (let id = 1; id <= MOST_OPERATIONS; id += 1) {
      socket.subscribe(`s${id}`, { query: EVENTS });
    }
    socket.subscribe("more", { query: EVENTS });
    const { type, payload } = await socket.next("more");
    assert.equal(type, "error");
    assert.equal(payload[0].extensions.code, "TOO_MANY_OPERATIONS");
    socket.send({ id: "s1", type: "complete" });
    await socket.answers();
  });

  test("the service pings", async () => {
    const socket = await openSession(service);
    const pinged = () => socket.pings() > 0 || socket.waiting().some((it) => it.type === "ping");
    await eventually(pinged, PATIENCE_MS);
    assert.ok(pinged());
    socket.end();
  });

  test("a socket ends with its token, and says why", async () => {
    const token = service.mint({ exp: now() - LEEWAY_SECONDS + 3 });
    const socket = await openSession(service, token);
    socket.subscribe("s", { query: EVENTS });
    const { code, reason } = await socket.closed();
    assert.ok([4401, 4403].includes(code), `${code}`);
    assert.match(reason, /expired/);
  });
});

// Both are in use, and they differ in what they do when a socket ends.
for (const [name, create] of [
  ["graphql-ws 6", createClient],
  ["graphql-ws 5", createOldClient],
]) {
  test(`${name} runs a query, a mutation, and a subscription that goes on after a cut`, async () => {
    const sockets = [];
    class Cuttable extends WebSocket {
      constructor(...args) {
        super(...args);
        sockets.push(this);
      }
    }
    const client = create({
      url: service.socket,
      webSocketImpl: Cuttable,
      connectionParams: { Authorization: `Bearer ${service.token}` },
      retryAttempts: 0,
    });
    const ask = async (query) => {
      const { value } = await client.iterate({ query }).next();
      assert.equal(value.errors, undefined, JSON.stringify(value.errors));
      return value.data;
    };
    try {
      assert.equal((await ask("{ offers(first: 3) { nodes { id } } }")).offers.nodes.length, 3);
      const created = await ask(`mutation {
        createWebhookEndpoint(input: { url: "http://127.0.0.1:8443/hook" }) { endpoint { id } }
      }`);
      assert.match(created.createWebhookEndpoint.endpoint.id, /./);

      await service.sandbox.addOffer();
      const start = await beginning();
      await service.sandbox.addOffer();
      const first = await listen(client, start);
      sockets.at(-1).terminate();
      await service.sandbox.addOffer();
      const second = await listen(client, first.cursor);
      const { events } = await service.graphql(
        "query ($after: String) { events(first: 2, after: $after) { nodes { id cursor } } }",
        { after: start },
      );
      assert.deepEqual([first, second], events.nodes);
    } finally {
      await client.dispose();
    }
  });
}

/** The next event after a cursor. */
async function listen(client, cursor) {
  const subscription = client.iterate({ query: EVENTS, variables: { after: cursor } });
  const { value } = await subscription.next();
  await subscription.return();
  assert.equal(value.errors, undefined, JSON.stringify(value.errors));
  return value.data.events;
}

/** The cursor of the first event there is. */
async function beginning() {
  const query = "{ events(first: 1) { nodes { cursor } } }";
  const node = await eventually(async () => (await service.graphql(query)).events.nodes[0], PATIENCE_MS);
  return node.cursor;
}
