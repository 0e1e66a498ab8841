// The programs of docs/clients.md, run as a reader copies them: each asks, changes something, and
// follows the events across a cut of its connection.
//
// Only the address is another one: that of a wire that the test can cut.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { fenced, run } from "./docs.mjs";
import { eventually } from "./program.mjs";
import { startService } from "./service.mjs";

const DOC = fileURLToPath(new URL("../../docs/clients.md", import.meta.url));
const HERE = fileURLToPath(new URL(".", import.meta.url));
const ADDRESS = "127.0.0.1:8080";

const PATIENCE_MS = 60_000;

const programs = fenced(DOC, "js");
const commands = fenced(DOC, "sh");

let service;
let wire;
let folder;

before(async () => {
  service = await startService();
  wire = await startWire(new URL(service.endpoint).port);
  // Below this folder, because that is where the libraries are.
  folder = mkdtempSync(join(HERE, "node_modules", ".example-"));
});

after(async () => {
  wire?.close();
  rmSync(folder, { recursive: true, force: true });
  await service?.stop();
});

test("the documentation has its examples", () => {
  assert.deepEqual([commands.length, programs.length], [4, 3]);
});

for (const { line, text } of programs) {
  const name = text.match(/from "(@apollo\/client|@urql\/core|graphql-ws)"/)[1];
  test(`the program with ${name} in line ${line} asks, changes, and resumes`, async () => {
    const start = await nextEvent();
    const file = join(folder, `line-${line}.mjs`);
    writeFileSync(file, addressed(text));
    const program = run(process.execPath, [file], here({ CURSOR: start.cursor }));
    const heard = () => [...program.output().matchAll(/^event (\S+)$/gm)].map(([, id]) => id);
    try {
      const hears = async ({ id }) => {
        await eventually(() => heard().includes(id) || program.ended(), PATIENCE_MS);
        assert.ok(heard().includes(id), program.output());
      };
      await hears(await nextEvent());
      wire.cut();
      await hears(await nextEvent());
      const happened = (await log()).map(({ id }) => id);
      const from = happened.indexOf(start.id) + 1;
      assert.deepEqual(heard(), happened.slice(from, from + heard().length));
      if (text.includes("console.log(`query")) {
        assert.match(program.output(), /^query JobRad$/m);
        assert.match(program.output(), /^mutation \[\]$/m);
      }
    } finally {
      program.kill();
    }
  });
}

describe("the commands with curl", () => {
  const command = (pattern) => addressed(commands.find(({ text }) => pattern.test(text)).text);

  for (const [name, pattern] of [
    ["a query by POST", /"query \(/],
    ["a query by GET", / -G /],
  ]) {
    test(`${name} has an answer`, async () => {
      const program = run("bash", ["-c", command(pattern)], here());
      await eventually(program.ended, PATIENCE_MS);
      const { data, errors } = JSON.parse(program.output());
      assert.equal(errors, undefined, program.output());
      assert.equal(data.offers.nodes.length, 2);
    });
  }

  test("a change is answered the same when it is asked for again", async () => {
    // The one address that this test cannot have is a host of the internet.
    const local = command(/mutation/).replace("https://example.com/hooks", "http://127.0.0.1:8443/hooks");
    const answers = [];
    for (let round = 0; round < 2; round += 1) {
      const program = run("bash", ["-c", local], here());
      await eventually(program.ended, PATIENCE_MS);
      answers.push(JSON.parse(program.output()).data.createWebhookEndpoint);
    }
    assert.match(answers[0].secret, /^whsec_/);
    assert.deepEqual(answers[1], answers[0]);
  });

  test("events come as a stream, and go on after the last one", async () => {
    const start = await nextEvent();
    const program = run("bash", ["-c", command(/event-stream/)], here({ CURSOR: start.cursor }));
    try {
      const { id, cursor } = await nextEvent();
      await eventually(() => program.output().includes(id) || program.ended(), PATIENCE_MS);
      assert.match(program.output(), new RegExp(`^id: ?${cursor}$`, "m"));
      assert.match(program.output(), /^event: ?next$/m);
    } finally {
      program.kill();
    }
  });
});

/** Where a program runs, and what it finds there. */
const here = (env) => ({ cwd: HERE, env: { ...env, TOKEN: service.token } });

const addressed = (text) => text.replaceAll(ADDRESS, `127.0.0.1:${wire.port}`);

/** Makes an event happen, and returns it. */
async function nextEvent() {
  const known = (await log()).length;
  await service.sandbox.addOffer();
  const nodes = await eventually(async () => {
    const nodes = await log();
    return nodes.length > known && nodes;
  }, PATIENCE_MS);
  assert.ok(nodes, "no event came");
  return nodes.at(-1);
}

async function log() {
  const query = "{ events(first: 100) { nodes { id cursor type } } }";
  return (await service.graphql(query)).events.nodes;
}

/** Passes everything on to a port, until it is cut. */
async function startWire(port) {
  const ends = new Set();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const [from, to] of [[near, far], [far, near]]) {
      ends.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const end of ends) {
      end.destroy();
    }
    ends.clear();
  };
  const close = () => {
    server.close();
    cut();
  };
  return { port: server.address().port, cut, close };
}
