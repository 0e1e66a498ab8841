// The events that a published WebSocket client receives are those that a query reads, in the same
// order, from any cursor on.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createClient } from "graphql-ws";
import WebSocket from "ws";

import { eventually, startDemo } from "./demo.mjs";

const PULL = `
  query ($first: Int!, $after: String) {
    events(first: $first, after: $after) { nodes { id cursor } }
  }
`;
const PUSH = `
  subscription ($after: String) {
    events(after: $after) { id cursor }
  }
`;

// The demo's world moves every few seconds; this is for a busy machine.
const PATIENCE_MS = 90_000;

let demo;
let client;

before(async () => {
  demo = await startDemo();
  client = createClient({
    url: demo.socket,
    webSocketImpl: WebSocket,
    connectionParams: { Authorization: `Bearer ${demo.token}` },
    retryAttempts: 0,
  });
});

after(async () => {
  await client?.dispose();
  await demo?.stop();
});

test("a subscription goes on after a cursor, with no gap and no repeat", async () => {
  // With an event to start from, what follows is partly replayed and partly live.
  const [start] = await eventually(async () => {
    const nodes = await pull(1);
    return nodes.length > 0 && nodes;
  }, PATIENCE_MS);

  const pushed = await push(6, start.cursor);
  assert.deepEqual(pushed, await pull(6, start.cursor));
  assert.equal(new Set(pushed.map((it) => it.cursor)).size, 6);

  const resumed = await push(3, pushed[2].cursor);
  assert.deepEqual(resumed, pushed.slice(3));
});

test("a client without a token gets no events", async () => {
  const stranger = createClient({ url: demo.socket, webSocketImpl: WebSocket, retryAttempts: 0 });
  try {
    await assert.rejects(async () => {
      for await (const { data, errors } of stranger.iterate({ query: PUSH })) {
        assert.equal(data?.events ?? null, null);
        throw new Error(`answered with ${JSON.stringify(errors)}`);
      }
    });
  } finally {
    await stranger.dispose();
  }
});

async function pull(first, cursor) {
  const { events } = await demo.graphql(PULL, { first, after: cursor });
  return events.nodes;
}

async function push(count, cursor) {
  const events = [];
  const subscription = client.iterate({ query: PUSH, variables: { after: cursor } });
  const alarm = setTimeout(() => subscription.return(), PATIENCE_MS);
  for await (const { data, errors } of subscription) {
    assert.equal(errors, undefined, JSON.stringify(errors));
    events.push(data.events);
    if (events.length === count) {
      break;
    }
  }
  clearTimeout(alarm);
  assert.equal(events.length, count, `the demo's output:\n${demo.output()}`);
  return events;
}
