// Clients whose connection is cut again and again miss nothing, hear nothing twice, and hear it in
// order: over a socket and over server-sent events.
//
// RESUME_EVENTS says how many events there are; 10,000 is the full form, and the default is for every
// day. All of them are events of one world that goes on changing while the clients listen.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startService } from "./service.mjs";
import { eventually } from "./program.mjs";
import { openSession } from "./socket.mjs";
import { openStream } from "./stream.mjs";

const EVENTS = Number(process.env.RESUME_EVENTS ?? 1_000);
const CUT_MS = 50;

// Some of the events are there before the clients, and some come while they listen.
const OFFERS = 250;
const STATUSES = ["draft", "rejected"];
const EARLY_EVENTS = Math.ceil(EVENTS / 2);

const LISTEN = "subscription ($after: String) { events(after: $after) { id cursor } }";
const PULL = "query ($after: String) { events(first: 100, after: $after) { nodes { id cursor } } }";

// How long nothing may come. A change takes a round of polling, and a machine may be busy.
const SILENCE_MS = 60_000;

let service;
let world;

// What a query reads of the log.
const log = [];

before(async () => {
  // Whoever connects twenty times a second asks for more than the usual allowance.
  const settings = { LEASEGRAPH_COST_PER_MINUTE: "100000000" };
  service = await startService({ offers: 1, settings });
  world = changes();
  await tell(EARLY_EVENTS);
  await read(EARLY_EVENTS);
});

after(async () => {
  await service?.stop();
});

test("over a socket and over a stream, every event comes exactly once and in order", async () => {
  const [first] = log;
  const [overOne, overOther] = await Promise.all([
    followed(overSocket, first.cursor),
    followed(overStream, first.cursor),
    tell(EVENTS - EARLY_EVENTS + 1),
  ]);
  await read(EVENTS + 1);

  const expected = log.slice(1, EVENTS + 1);
  for (const { events, connections } of [overOne, overOther]) {
    assert.ok(connections > 1, `${connections} connections`);
    assert.equal(events.length, EVENTS);
    assert.deepEqual(events, expected);
  }
});

/** Changes that each make one event: offers are added, and then each in turn gets another status. */
async function* changes() {
  const offers = [];
  for (let at = 0; at < OFFERS; at += 1) {
    offers.push(await service.sandbox.addOffer());
    yield;
  }
  for (let round = 1; ; round += 1) {
    // An offer that changes twice before it is read makes one event.
    await read(round * OFFERS);
    for (const id of offers) {
      await service.sandbox.setStatus(id, STATUSES[round % STATUSES.length]);
      yield;
    }
  }
}

/** Makes `count` events happen. */
async function tell(count) {
  for (let told = 0; told < count; told += 1) {
    await world.next();
  }
}

/** Reads the log on until it has `count` events. */
async function read(count) {
  const readOn = async () => {
    const after = log.at(-1)?.cursor;
    log.push(...(await service.graphql(PULL, { after })).events.nodes);
    return log.length >= count;
  };
  assert.ok(log.length >= count || (await eventually(readOn, SILENCE_MS)), `${log.length} of ${count} events`);
}

/** Listens after a cursor until there are enough events, and connects anew every 50 ms. */
async function followed(connect, cursor) {
  const events = [];
  let connections = 0;
  let last = Date.now();
  while (events.length < EVENTS) {
    connections += 1;
    const connection = await connect(cursor);
    const cut = setTimeout(connection.cut, CUT_MS);
    for await (const event of connection.events()) {
      events.push(event);
      cursor = event.cursor;
      last = Date.now();
      if (events.length === EVENTS) {
        break;
      }
    }
    clearTimeout(cut);
    connection.cut();
    assert.ok(Date.now() - last < SILENCE_MS, `nothing came after ${events.length} events`);
  }
  return { events, connections };
}

async function overSocket(cursor) {
  const socket = await openSession(service);
  socket.subscribe("1", { query: LISTEN, variables: { after: cursor } });
  return {
    cut: socket.end,
    async *events() {
      for (let message; (message = await socket.next("1").catch(() => undefined)); ) {
        assert.equal(message.type, "next", JSON.stringify(message));
        assert.equal(message.payload.errors, undefined, JSON.stringify(message));
        yield message.payload.data.events;
      }
    },
  };
}

async function overStream(cursor) {
  // As a browser does it: the place to go on from is the last id, not an argument.
  const headers = { "last-event-id": cursor };
  const stream = await openStream(service, { query: LISTEN, headers });
  assert.equal(stream.status, 200);
  return {
    cut: stream.end,
    async *events() {
      for (let event; (event = await stream.next()); ) {
        assert.equal(event.event, "next", event.data);
        const { data, errors } = JSON.parse(event.data);
        assert.equal(errors, undefined, event.data);
        yield { ...data.events, cursor: event.id };
      }
    },
  };
}
