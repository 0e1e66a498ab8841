// Starts `leasegraph demo` for a test, and ends it again.
//
// The demo is what a stranger sees first: a world of all four providers that moves by itself. A test
// that has to move the world, or to make its own tokens, starts `service.mjs` instead.

import { door, eventually, freePort, startProgram } from "./program.mjs";

export { eventually };

const GRAPHIQL = /GraphiQL\s+(\S+)\s/;
const TOKEN = /Token\s+(\S+)\s/;
const QUERY = /\n(query \{\n[^]*?\n\})\n/;

/** Starts the demo and waits until it has printed its address and a token. */
export async function startDemo() {
  const listen = `127.0.0.1:${await freePort()}`;
  const args = ["demo", "--listen", listen, "--data-dir", "data"];
  const program = await startProgram(args, { patterns: [GRAPHIQL, TOKEN, QUERY] });
  const graphiql = program.found(GRAPHIQL);
  return {
    ...door(new URL("/graphql", graphiql).href, program.found(TOKEN)),
    graphiql,
    query: program.found(QUERY),
    output: program.output,
    stop: program.stop,
  };
}
