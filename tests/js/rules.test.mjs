// Every validation rule of graphql-js, over our schema: what breaks it is refused, what nearly does is
// not.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import * as graphqlJs from "graphql";

import {
  fieldsThatMeet,
  fragmentsOnTypes,
  valuesInPlaces,
  variablesInPlaces,
} from "./differential/combinations.mjs";
import { forEach } from "./differential/compare.mjs";
import { RULES, SYNTAX } from "./differential/rules.mjs";
import { schema } from "./differential/schema.mjs";
import { disagreement, theirs } from "./differential/verdict.mjs";
import { startWorld } from "./differential/world.mjs";

let service;

before(async () => (service = await startWorld()));
after(async () => service?.stop());

test("every rule that graphql-js applies has documents", () => {
  const missing = graphqlJs.specifiedRules.map((it) => it.name).filter((it) => !(it in RULES));
  assert.deepEqual(missing, []);
});

for (const [name, { invalid, valid }] of Object.entries(RULES)) {
  test(`${name} decides as it does in graphql-js`, async () => {
    const breaks = (it) => graphqlJs.validate(schema, graphqlJs.parse(it), [graphqlJs[name]]).length > 0;
    assert.deepEqual(invalid.filter((it) => !breaks(it)), [], "these do not break the rule");
    assert.deepEqual(valid.filter((it) => theirs(it) !== "valid"), [], "these break a rule");
    await assertSame([...invalid, ...valid]);
  });
}

test("what is no GraphQL is none for both", async () => {
  assert.deepEqual(SYNTAX.invalid.filter((it) => theirs(it) === "valid"), []);
  assert.deepEqual(SYNTAX.valid.filter((it) => theirs(it) !== "valid"), []);
  await assertSame([...SYNTAX.invalid, ...SYNTAX.valid]);
});

test("every kind of value fits the same places", () => assertSame(valuesInPlaces()));

test("a variable of every type fits the same places", () => assertSame(variablesInPlaces()));

test("a fragment on every type fits the same places", () => assertSame(fragmentsOnTypes()));

test("the same fields of different objects can be merged", () => assertSame(fieldsThatMeet()));

/** Tells of all documents on which the two differ. */
async function assertSame(documents) {
  const differing = [];
  await forEach(new Set(documents), async (query) => {
    const what = await disagreement(service, { query });
    differing.push(...(what ? [`${what}: ${query}`] : []));
  });
  assert.deepEqual(differing.sort(), []);
}
