// A WebSocket to the service, with nothing between the test and the messages.
//
// Client libraries hide what the protocol says; the tests of the protocol itself see every message
// and the close frame.

import assert from "node:assert/strict";
import { once } from "node:events";

import WebSocket from "ws";

import { eventually } from "./program.mjs";

export const PROTOCOL = "graphql-transport-ws";

// Generous, because a busy machine is not a bug.
const PATIENCE_MS = 45_000;

// Short against what is measured here, such as a connection of 50 ms.
const PAUSE_MS = 5;

/** Opens a socket. It has no `connection_init` yet. */
export async function openSocket({ socket: url }, protocols = [PROTOCOL]) {
  const socket = new WebSocket(url, protocols);
  const messages = [];
  let pings = 0;
  let end;
  socket.on("message", (data) => messages.push(JSON.parse(data)));
  socket.on("ping", () => (pings += 1));
  socket.on("close", (code, reason) => (end = { code, reason: reason.toString() }));
  await once(socket, "open");

  const self = {
    protocol: socket.protocol,
    raw: (data, options) => socket.send(data, options),
    send: (message) => socket.send(JSON.stringify(message)),
    subscribe: (id, payload) => self.send({ id, type: "subscribe", payload }),
    pings: () => pings,

    /** The next message, of those of `ids` if there are any. */
    async next(...ids) {
      const at = () => messages.findIndex((it) => ids.length === 0 || ids.includes(it.id));
      await eventually(() => at() >= 0 || end, PATIENCE_MS, PAUSE_MS);
      assert.ok(at() >= 0, end ? `closed: ${end.code} ${end.reason}` : "no message came");
      return messages.splice(at(), 1)[0];
    },

    /** Why the service closed the socket. */
    async closed() {
      await eventually(() => end, PATIENCE_MS, PAUSE_MS);
      assert.ok(end, `still open; it said ${JSON.stringify(messages)}`);
      return end;
    },

    /** Insists that the socket still answers. */
    async answers() {
      self.subscribe("still there", { query: "{ __typename }" });
      const next = await self.next("still there");
      assert.deepEqual([next.type, next.payload.data], ["next", { __typename: "Query" }]);
      assert.equal((await self.next("still there")).type, "complete");
    },

    /** What has come by now. */
    waiting: () => messages,

    /** Says goodbye, as a client does that has nothing more to ask. */
    leave: () => socket.close(1000, "goodbye"),

    end: () => socket.terminate(),
  };
  return self;
}

/** Opens a socket that is acknowledged. */
export async function openSession(service, token = service.token) {
  const socket = await openSocket(service);
  socket.send({ type: "connection_init", payload: { Authorization: `Bearer ${token}` } });
  assert.equal((await socket.next()).type, "connection_ack");
  return socket;
}
