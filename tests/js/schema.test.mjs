// The schema, read by the tools that its users have: the reference implementation, compilers and
// generators of clients, a linter, and a comparison with what it was.
//
// The tools are in `tools`, with dependencies of their own. They read a copy of the schema, because
// they look at nothing outside their folder.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { devNull } from "node:os";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { buildSchema, parse, validate, validateSchema } from "graphql";

import { fenced } from "./docs.mjs";
import { printed } from "./program.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TOOLS = fileURLToPath(new URL("tools/", import.meta.url));

const tool = createRequire(`${TOOLS}package.json`);
const run = promisify(execFile);

const committed = readFileSync(`${ROOT}schema.graphql`, "utf8");

before(() => {
  rmSync(`${TOOLS}generated`, { recursive: true, force: true });
  mkdirSync(`${TOOLS}generated/relay`, { recursive: true });
  copyFileSync(`${ROOT}schema.graphql`, `${TOOLS}generated/schema.graphql`);
});

test("graphql-js builds the schema and finds nothing wrong with it", () => {
  assert.deepEqual(validateSchema(buildSchema(committed)), []);
});

test("the program prints the schema that is committed", async () => {
  assert.deepEqual(await changes(committed, printed("schema")), []);
});

test("nothing was taken from clients since the last release and the last commit", async () => {
  for (const version of await versions()) {
    const breaking = (await changes(version.schema, committed)).filter((it) => it.level === "BREAKING");
    assert.deepEqual(breaking, [], `since ${version.name}`);
  }
});

describe("the documents of", () => {
  const schema = buildSchema(committed);
  const files = ["README.md", ...readdirSync(`${ROOT}docs`).filter((it) => it.endsWith(".md")).map((it) => `docs/${it}`)];
  const documents = files.flatMap((file) => fenced(`${ROOT}${file}`, "graphql").map((it) => ({ file, ...it })));

  test("the documentation are found", () => assert.ok(documents.length > 5));

  for (const { file, line, text } of documents) {
    test(`${file}, line ${line}, fit the schema`, () => {
      const problems = validate(schema, parse(text));
      assert.deepEqual(problems.map((it) => it.message), []);
    });
  }
});

test("relay-compiler compiles lists, fragments that refetch themselves, and nodes", async () => {
  await done("relay-compiler/cli.js", "relay.config.json");
  assert.ok(readdirSync(`${TOOLS}generated/relay`).includes("offersListPaginationQuery.graphql.ts"));
});

test("GraphQL Code Generator's types and Relay's are used by a strict TypeScript", async () => {
  await done("@graphql-codegen/cli/cjs/bin.js", "--config", "codegen.mjs", "--silent");
  await done("typescript/lib/tsc.js", "--project", ".");
});

test("a linter for schemas has no objection but those we know", async () => {
  await done("eslint/bin/eslint.js", "--config", "eslint.config.mjs", "--max-warnings=0", "generated/schema.graphql");
});

/** Runs a program of a package, and insists that it ends well. */
async function done(program, ...args) {
  try {
    // relay-compiler adds what it writes to the index of whoever runs the tests, if it finds one.
    const env = { ...process.env, GIT_DIR: devNull };
    await run(process.execPath, [`${TOOLS}node_modules/${program}`, ...args], { cwd: TOOLS, env });
  } catch ({ code, stdout, stderr }) {
    assert.fail(`${program} ended with ${code}:\n${stdout}\n${stderr}`);
  }
}

/** What is different, in the words of graphql-inspector. */
async function changes(before, after) {
  // Both come from the tools' own graphql-js: types of another one would be strangers.
  const { buildSchema } = tool("graphql");
  const found = await tool("@graphql-inspector/core").diff(buildSchema(before), buildSchema(after));
  return found.map(({ message, criticality }) => ({ message, level: criticality.level }));
}

/** The schemas of the last release and of the last commits, as far as there is a history. */
async function versions() {
  const git = (...args) =>
    run("git", args, { cwd: ROOT, maxBuffer: 16 * 1024 * 1024 }).then(
      ({ stdout }) => stdout,
      () => undefined,
    );
  const tag = (await git("describe", "--tags", "--abbrev=0"))?.trim();
  const found = [];
  for (const name of [tag, "HEAD^", "HEAD"].filter(Boolean)) {
    const schema = await git("show", `${name}:schema.graphql`);
    if (schema) {
      found.push({ name, schema });
    }
  }
  return found;
}
