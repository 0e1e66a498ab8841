// The receivers of docs/receiving-webhooks.md, run as a reader copies them: each takes what the
// service sends, once, and nothing that was changed on the way. The one in Rust is run by
// tests/it/webhooks/wire.rs.
//
// Only the port is another one. Between the service and a receiver is a relay, which remembers what
// went through it.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { fenced, run } from "./docs.mjs";
import { eventually, freePort } from "./program.mjs";
import { python } from "./python.mjs";
import { startService } from "./service.mjs";

const DOC = fileURLToPath(new URL("../../docs/receiving-webhooks.md", import.meta.url));
const HERE = fileURLToPath(new URL(".", import.meta.url));
const PORT = "9000";

const CREATE = `
  mutation ($input: CreateWebhookEndpointInput!) {
    createWebhookEndpoint(input: $input) { secret userErrors { message } }
  }
`;

const PATIENCE_MS = 60_000;

let service;
const folders = [];
const receivers = {};

before(async () => {
  service = await startService();
  receivers.js = await startReceiver("js", process.execPath, "receiver.mjs");
  receivers.python = await startReceiver("python", python(), "receiver.py");
});

after(async () => {
  for (const receiver of Object.values(receivers)) {
    receiver.stop();
  }
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true });
  }
  await service?.stop();
});

test("the receiver in JavaScript takes each message once", () => takesOnce(receivers.js));

test("the receiver in Python takes each message once", () => takesOnce(receivers.python));

test("the receiver in JavaScript refuses what has one bit flipped", () => refusesFlipped(receivers.js));

test("the receiver in Python refuses what has one bit flipped", () => refusesFlipped(receivers.python));

async function takesOnce(receiver) {
  const { headers, body, status } = await receiver.next();
  assert.equal(status, 204);
  assert.equal(JSON.parse(body).type, "offer.created");
  const id = headers["webhook-id"];
  await eventually(() => receiver.took().includes(id), PATIENCE_MS);

  assert.equal(await post(receiver.port, headers, body), 204);
  const next = await receiver.next();
  await eventually(() => receiver.took().includes(next.headers["webhook-id"]), PATIENCE_MS);
  assert.equal(receiver.took().filter((it) => it === id).length, 1, receiver.output());
}

async function refusesFlipped(receiver) {
  const { headers, body } = await receiver.next();
  for (const changed of flipped(body)) {
    assert.equal(await post(receiver.port, headers, changed), 401, changed.toString("latin1"));
  }
  for (const name of ["webhook-id", "webhook-timestamp"]) {
    for (const changed of flipped(Buffer.from(headers[name]))) {
      await refusesHeader(receiver, { headers, body }, name, changed.toString("latin1"));
    }
  }
  await refusesHeader(receiver, { headers, body }, "webhook-signature", "nonsense");
  // Bits of the signature itself: base64 has letters at its end that mean the same bytes.
  const [version, signature] = headers["webhook-signature"].split(",");
  for (const changed of flipped(Buffer.from(signature, "base64"))) {
    const value = `${version},${changed.toString("base64")}`;
    await refusesHeader(receiver, { headers, body }, "webhook-signature", value);
  }
  assert.equal(await post(receiver.port, headers, body), 204);
}

async function refusesHeader(receiver, { headers, body }, name, value) {
  assert.equal(await post(receiver.port, { ...headers, [name]: value }, body), 401, value);
}

// None of these makes a control character of a letter or a digit, which no header may have.
const BITS = [0x01, 0x80, 0x02, 0x04];

/** The same bytes with one bit of one of them flipped: a bit of each, and not always the same. */
function* flipped(bytes) {
  assert.notEqual(bytes.length, 0);
  for (let index = 0; index < bytes.length; index += 1) {
    const changed = Buffer.from(bytes);
    changed[index] ^= BITS[index % BITS.length];
    yield changed;
  }
}

/** A receiver of the documentation, and an endpoint that leads to it. */
async function startReceiver(language, command, name) {
  const [{ text }] = fenced(DOC, language).filter(({ text }) => text.includes("standardwebhooks"));
  const port = await freePort();
  const relay = await startRelay(port);
  const input = { url: relay.url, eventTypes: ["OFFER_CREATED"] };
  const { createWebhookEndpoint: created } = await service.graphql(CREATE, { input });
  assert.deepEqual(created.userErrors, []);

  // Below this folder, because that is where the libraries are.
  const folder = mkdtempSync(join(HERE, "node_modules", ".receiver-"));
  folders.push(folder);
  assert.ok(text.includes(PORT));
  writeFileSync(join(folder, name), text.replaceAll(PORT, String(port)));
  const program = run(command, [name], { cwd: folder, env: { WEBHOOK_SECRET: created.secret } });
  const listens = () => post(port, {}, "").catch(() => program.ended());
  assert.equal(await eventually(listens, PATIENCE_MS), 401, program.output());

  return {
    port,
    output: program.output,
    took: () => [...program.output().matchAll(/^(evt_\S+) offer\.created$/gm)].map(([, id]) => id),
    /** Makes something happen, and returns what came of it when it was answered. */
    async next() {
      const known = relay.passed.length;
      await service.sandbox.addOffer();
      const message = await eventually(() => relay.passed[known], PATIENCE_MS);
      assert.ok(message, program.output());
      return message;
    },
    stop() {
      program.kill();
      relay.close();
    },
  };
}

/** Passes every request on to a port, and its answer back. */
async function startRelay(port) {
  const passed = [];
  const server = createServer(async (incoming, response) => {
    const { headers } = incoming;
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const status = await post(port, headers, body);
    passed.push({ headers, body, status });
    response.writeHead(status).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}/hook`, passed, close };
}

/** Sends a request, and returns the status of its answer. */
async function post(port, headers, body) {
  const sent = request({ port, host: "127.0.0.1", method: "POST", path: "/hook", headers });
  sent.setHeader("content-length", Buffer.byteLength(body));
  sent.end(body);
  const [response] = await once(sent, "response");
  response.resume();
  return response.statusCode;
}
