// What we send is verified by the official library of Standard Webhooks for JavaScript: a signature
// that only our own code accepts would prove nothing.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { Webhook, WebhookVerificationError } from "standardwebhooks";

import { eventually, startDemo } from "./demo.mjs";

const CREATE = `
  mutation ($input: CreateWebhookEndpointInput!) {
    createWebhookEndpoint(input: $input) {
      endpoint { id }
      secret
      userErrors { code message field }
    }
  }
`;

// The demo's world moves every few seconds; this is for a busy machine.
const PATIENCE_MS = 90_000;

let demo;
let receiver;
let webhook;
let delivery;

before(async () => {
  demo = await startDemo();
  const received = [];
  receiver = createServer(async (request, response) => {
    const { method, headers } = request;
    received.push({ method, headers, body: await bytes(request) });
    response.writeHead(204).end();
  });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");

  const url = `http://127.0.0.1:${receiver.address().port}/hook`;
  const input = { url, eventTypes: ["OFFER_STATUS_CHANGED"] };
  const { createWebhookEndpoint: created } = await demo.graphql(CREATE, { input });
  assert.deepEqual(created.userErrors, []);
  assert.match(created.secret, /^whsec_/);

  webhook = new Webhook(created.secret);
  delivery = await eventually(() => received[0], PATIENCE_MS);
  assert.ok(delivery, `no delivery came. The demo's output:\n${demo.output()}`);
});

after(async () => {
  receiver?.close();
  receiver?.closeAllConnections();
  await demo?.stop();
});

test("a delivery is verified by the official library", () => {
  const message = webhook.verify(delivery.body, delivery.headers);

  assert.equal(delivery.method, "POST");
  assert.match(delivery.headers["content-type"], /^application\/json\b/);
  assert.equal(message.type, "offer.status_changed");
  assert.ok(!Number.isNaN(Date.parse(message.timestamp)), message.timestamp);
  assert.equal(typeof message.data, "object");
});

for (const name of ["webhook-id", "webhook-timestamp", "webhook-signature"]) {
  test(`a delivery with any bit of ${name} flipped is refused`, () => {
    for (const changed of withOneBitFlipped(Buffer.from(delivery.headers[name], "latin1"))) {
      const headers = { ...delivery.headers, [name]: changed.toString("latin1") };
      refuses(delivery.body, headers);
    }
  });
}

test("a delivery with any bit of its body flipped is refused", () => {
  for (const changed of withOneBitFlipped(delivery.body)) {
    refuses(changed, delivery.headers);
  }
});

test("a delivery is refused with another endpoint's secret", () => {
  const other = new Webhook(`whsec_${Buffer.alloc(32, 7).toString("base64")}`);
  assert.throws(() => other.verify(delivery.body, delivery.headers), WebhookVerificationError);
});

function refuses(body, headers) {
  assert.throws(() => webhook.verify(body, headers), WebhookVerificationError);
}

function* withOneBitFlipped(bytes) {
  assert.notEqual(bytes.length, 0);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] ^= 1 << (bit & 7);
    yield changed;
  }
}

async function bytes(stream) {
  const chunks = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
