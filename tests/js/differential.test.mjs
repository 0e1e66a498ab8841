// The service and graphql-js get the same documents over the same schema and the same values, and say
// the same about them.
//
// DIFFERENTIAL_DOCUMENTS is how many documents are generated, DIFFERENTIAL_SEED where to begin. A failing
// test names the seed and the smallest document that it found.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { difference, forEach } from "./differential/compare.mjs";
import { requestOf } from "./differential/generator.mjs";
import { NotRead, readGraph } from "./differential/graph.mjs";
import { withMistakes } from "./differential/mistakes.mjs";
import { randomOf } from "./differential/random.mjs";
import { shrunk } from "./differential/shrink.mjs";
import { disagreement, theirs } from "./differential/verdict.mjs";
import { startWorld } from "./differential/world.mjs";

const DOCUMENTS = Number(process.env.DIFFERENTIAL_DOCUMENTS ?? 200);
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 1);

// What is told of a long list of differences.
const MOST_TOLD = 3;

let service;
let graph;

before(async () => {
  service = await startWorld();
  graph = await readGraph(service);
});

after(async () => service?.stop());

test("nothing moves while it is asked", async () => {
  assert.deepEqual(await readGraph(service), graph);
});

test("a generated document gets the verdict and the data of graphql-js", async () => {
  const requests = [...seeds()].map((seed) => ({ seed, ...requestOf(randomOf(seed), graph.variants) }));
  const share = await compare(requests, (request) => difference(service, graph, request));
  // Else the generator would show little.
  assert.ok(DOCUMENTS < 100 || share > 0.5, `only ${share} of the documents are valid`);
});

test("a document with mistakes in it gets the verdict of graphql-js", async () => {
  const requests = [...seeds()].map((seed) => {
    const random = randomOf(seed);
    return { seed, query: withMistakes(random, requestOf(random, graph.variants).query) };
  });
  const share = await compare(requests, judged);
  assert.ok(DOCUMENTS < 100 || share < 0.6, `${share} of the mistakes are none`);
});

async function judged(request) {
  const what = await disagreement(service, request);
  return what && { kind: "verdict", what };
}

function* seeds() {
  for (let seed = SEED; seed < SEED + DOCUMENTS; seed += 1) {
    yield seed;
  }
}

/** Compares all, tells of the first that differ, and returns the share of valid ones. */
async function compare(requests, differs) {
  const differing = [];
  let valid = 0;
  await forEach(requests, async ({ seed, ...request }) => {
    valid += theirs(request.query) === "valid" ? 1 : 0;
    if (differing.length < MOST_TOLD) {
      const found = await differs(request);
      differing.push(...(found ? [{ seed, request, found, differs }] : []));
    }
  });
  assert.deepEqual(await Promise.all(differing.map(told)), []);
  return valid / requests.length;
}

/** What is said about a difference, with the smallest document that shows one of its kind. */
async function told({ seed, request, found, differs }) {
  const same = async (query) => {
    try {
      return (await differs({ ...request, query }))?.kind === found.kind;
    } catch (error) {
      // Without an argument, a field is another one.
      assert.ok(error instanceof NotRead, error);
      return false;
    }
  };
  const query = await shrunk(request.query, same);
  return { seed, ...(await differs({ ...request, query })), ...request, query };
}
