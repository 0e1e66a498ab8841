// What the demo shows to somebody who has just started it: records of all four providers, and webhooks.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { eventually, startDemo } from "./demo.mjs";

const PROVIDERS = ["AUTOLEAP", "JOBRAD", "LEASECLOUD", "LEASING_AUTOMATION"];

// The demo's world moves every few seconds; this is for a busy machine.
const PATIENCE_MS = 90_000;

let demo;

before(async () => {
  demo = await startDemo();
});

after(async () => {
  await demo?.stop();
});

test("the first query shows records of all four providers", async () => {
  assert.ok(demo.query, "a query is printed");
  const shown = async () => {
    const lists = Object.values(await demo.graphql(demo.query));
    const providers = lists.flatMap((it) => it.nodes).map((it) => it.provider);
    return [...new Set(providers)].sort().join();
  };
  await eventually(async () => (await shown()) === PROVIDERS.join(), PATIENCE_MS);
  assert.equal(await shown(), PROVIDERS.join());
});

test("the receiver prints a verified webhook of more than one provider", async () => {
  const heard = () => {
    const lines = demo.output().matchAll(/^webhook {2}verified {2}\S+ +([A-Z_]+) /gm);
    return new Set(Array.from(lines, ([, provider]) => provider));
  };
  await eventually(() => heard().size > 1, PATIENCE_MS);
  assert.ok(heard().size > 1, demo.output());
  assert.doesNotMatch(demo.output(), /REFUSED/);
});
