// Runs a peer as it would be run in earnest: a process for each core, all on one port.
//
// Node has one thread for JavaScript, so a single process would be measured on one core beside a
// service that uses all of them. When every worker listens, one line of JSON on the standard output
// says where they are, and which processes the time of a request is spent in.

import cluster from "node:cluster";
import { availableParallelism } from "node:os";

// Connections to the database, of all workers together: one for each client of the benchmark.
const CONNECTIONS = 8;

// `listen(databaseUrl, connections)` starts the server in a worker and returns its port.
export async function serve(listen) {
  const workers = availableParallelism();
  if (cluster.isWorker) {
    await listen(process.env.TEST_POSTGRES_URL, Math.ceil(CONNECTIONS / workers));
    return;
  }
  const all = Array.from({ length: workers }, () => cluster.fork());
  const ports = await Promise.all(all.map(listening));
  const pids = [process.pid, ...all.map((worker) => worker.process.pid)];
  console.log(JSON.stringify({ port: ports[0], pids }));
}

function listening(worker) {
  return new Promise((resolve, reject) => {
    worker.once("listening", (address) => resolve(address.port));
    worker.once("exit", (code) => reject(new Error(`a worker ended with ${code}`)));
  });
}
