// Starts `leasegraph demo` for a test, and ends it again.
//
// The tests beside this file use the program as a stranger would: as a process with an address, a
// token and published client libraries. They build nothing; LEASEGRAPH_BIN says where the program is.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROGRAM =
  process.env.LEASEGRAPH_BIN ??
  fileURLToPath(new URL("../../target/debug/leasegraph", import.meta.url));

// Generous, because a busy machine is not a bug.
const START_MS = 60_000;
const STOP_MS = 30_000;

// A process that is ended by a signal runs its "exit" listeners only if it is told to.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => process.exit(1));
}

/** Starts the demo and waits until it has printed its address and a token. */
export async function startDemo() {
  const folder = await mkdtemp(join(tmpdir(), "leasegraph-demo-"));
  const listen = `127.0.0.1:${await freePort()}`;
  const child = spawn(PROGRAM, ["demo", "--listen", listen, "--data-dir", join(folder, "data")], {
    cwd: folder, // so that no `.env` of the developer is read
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

  const running = () => !failure && child.exitCode === null && child.signalCode === null;
  const found = (pattern) => output.match(pattern)?.[1];
  const ready = await eventually(
    () => !running() || (found(/GraphiQL\s+(\S+)\s/) && found(/Token\s+(\S+)\s/)),
    START_MS,
  );
  if (!ready || !running()) {
    kill();
    assert.fail(`${PROGRAM} demo did not start. ${failure}\nIts output:\n${output}`);
  }

  const graphiql = found(/GraphiQL\s+(\S+)\s/);
  const token = found(/Token\s+(\S+)\s/);
  const query = found(/\n(query \{\n[^]*?\n\})\n/);
  const endpoint = new URL("/graphql", graphiql).href;

  return {
    graphiql,
    token,
    query,
    endpoint,
    socket: endpoint.replace(/^http/, "ws"),
    output: () => output,

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

    /** Ends the demo as Ctrl-C does, and insists that it ends well. */
    async stop() {
      assert.ok(running(), `the demo ended by itself. Its output:\n${output}`);
      child.kill("SIGINT");
      const ended = await eventually(() => !running(), STOP_MS);
      const { exitCode, signalCode } = child;
      kill();
      process.removeListener("exit", kill);
      assert.ok(ended, `the demo did not end on SIGINT. Its output:\n${output}`);
      const outcome = signalCode ?? exitCode;
      assert.equal(outcome, 0, `the demo ended with ${outcome}. Its output:\n${output}`);
    },
  };
}

/** Asks until the answer is truthy, and returns it; after `limit` milliseconds, the last answer. */
export async function eventually(ask, limit) {
  const deadline = Date.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer || Date.now() > deadline) {
      return answer;
    }
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

// Somebody else could take the port before the demo does; on a test machine nobody does.
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
