// Runs the program as a stranger would: as a process that is started, says that it is ready, and is
// asked to end.
//
// Nothing is built here; LEASEGRAPH_BIN says where the program is. What the commands are good for is
// in the files that start them, `demo.mjs` and `service.mjs`.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROGRAM =
  process.env.LEASEGRAPH_BIN ??
  fileURLToPath(new URL("../../target/debug/leasegraph", import.meta.url));

// Generous, because a busy machine is not a bug.
const START_MS = 60_000;
const STOP_MS = 45_000;

// A process that is ended by a signal runs its "exit" listeners only if it is told to.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => process.exit(1));
}

/** What a command that ends by itself prints. */
export function printed(...args) {
  return execFileSync(PROGRAM, args, { cwd: tmpdir(), encoding: "utf8", maxBuffer: 16 * 1024 * 1024 });
}

/** Starts a command in a folder of its own, and waits until its output shows all of `patterns`. */
export async function startProgram(args, { env = {}, patterns }) {
  // A folder of its own, so that no `.env` of the developer is read.
  const folder = mkdtempSync(join(tmpdir(), "leasegraph-test-"));
  const child = spawn(PROGRAM, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });

  let output = "";
  let failure = "";
  child.on("error", (error) => (failure = error.message));
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (output += text));

  // If the test itself is ended, nothing must stay behind.
  const kill = () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", kill);

  const name = `leasegraph ${args[0]}`;
  const running = () => !failure && child.exitCode === null && child.signalCode === null;
  const complete = () => patterns.every((it) => it.test(output));
  await eventually(() => !running() || complete(), START_MS);
  if (!running() || !complete()) {
    kill();
    assert.fail(`${name} did not start. ${failure}\nIts output:\n${output}`);
  }

  return {
    output: () => output,
    found: (pattern) => output.match(pattern)?.[1],

    /** Ends it as Ctrl-C does, and insists that it ends well. */
    async stop() {
      assert.ok(running(), `${name} ended by itself. Its output:\n${output}`);
      child.kill("SIGINT");
      const ended = await eventually(() => !running(), STOP_MS);
      const { exitCode, signalCode } = child;
      kill();
      process.removeListener("exit", kill);
      assert.ok(ended, `${name} did not end on SIGINT. Its output:\n${output}`);
      const outcome = signalCode ?? exitCode;
      assert.equal(outcome, 0, `${name} ended with ${outcome}. Its output:\n${output}`);
    },
  };
}

/** The door of a running service, for who has `token`. */
export function door(endpoint, token) {
  return {
    endpoint,
    token,
    socket: endpoint.replace(/^http/, "ws"),

    /** Sends a query or mutation, and insists on an answer without errors. */
    async graphql(query, variables) {
      const response = await fetch(endpoint, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
      });
      const answer = await response.json();
      assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
      return answer.data;
    },
  };
}

/** Asks until the answer is truthy, and returns it; after `limit` milliseconds, the last answer. */
export async function eventually(ask, limit, pause = 50) {
  const deadline = Date.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer || Date.now() > deadline) {
      return answer;
    }
    await new Promise((wake) => setTimeout(wake, pause));
  }
}

/** A port that is free. Somebody else could take it before it is used; on a test machine nobody does. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
