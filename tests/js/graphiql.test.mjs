// GraphiQL in a real browser: it works, and it talks to nobody but its own host.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { chromium } from "playwright-core";

import { startDemo } from "./demo.mjs";

// What the page sent or let happen since it was opened.
let requests;
let sockets;
let complaints;

// The demo's world moves every few seconds; this is for a busy machine.
const PATIENCE_MS = 90_000;

let demo;
let browser;
let context;
let page;

before(async () => {
  demo = await startDemo();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // The sandbox needs what containers and root do not have; the page is our own.
    chromiumSandbox: false,
    args: [
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

beforeEach(async () => {
  [requests, sockets, complaints] = [[], [], []];
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(30_000);
  page = await context.newPage();
  page.on("request", (request) => requests.push(request.url()));
  page.on("websocket", (socket) => sockets.push(socket.url()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // A breach of the page's Content-Security-Policy is one of these errors.
    if (message.type() === "error") {
      complaints.push(message.text());
    }
  });
  await page.goto(demo.graphiql);
  await page.locator(".graphiql-query-editor .CodeMirror").waitFor();
});

afterEach(async () => {
  const { origin } = new URL(demo.graphiql);
  const foreign = requests.filter((it) => !it.startsWith("data:") && new URL(it).origin !== origin);
  assert.deepEqual(foreign, [], "requests to other hosts");
  assert.deepEqual(sockets.filter((it) => it !== demo.socket), [], "sockets to other addresses");
  assert.deepEqual(complaints, [], "errors in the browser's console");

  // GraphiQL stores half a second after a change.
  await page.waitForTimeout(1_000);
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.match(stored, /graphiql:tabState/, "tabs are remembered");
  assert.ok(!stored.includes(demo.token), "the token is in no storage");
  assert.ok(!requests.some((it) => it.includes(demo.token)), "the token is in no URL");
  assert.deepEqual(await context.cookies(), []);
  await context.close();
});

test("a query is run with the token from the field", async () => {
  await enterToken();
  await run();
  await resultShows(/"offerNumber": "/);
  await resultShows(/"currencyCode": "[A-Z]{3}"/);
  assert.doesNotMatch(await result(), /"errors"/);
});

test("the schema is there to read and to complete from as soon as there is a token", async () => {
  await enterToken();
  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await page.locator(".graphiql-doc-explorer").getByText("Subscription", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Show GraphiQL Explorer" }).click();
  await page.locator(".graphiql-explorer-root").getByText("offers", { exact: true }).waitFor();
});

test("a subscription shows events as they happen", async () => {
  await enterToken();
  await page.getByRole("tab", { name: "Events" }).click();
  await run();
  await resultShows(/"cursor": "/);
  assert.doesNotMatch(await result(), /"errors"/);
  assert.deepEqual(sockets, [demo.socket]);
  await page.getByRole("button", { name: "Stop query" }).click();
});

test("a token in the headers editor works too, and is not kept in the history", async () => {
  await page.getByRole("button", { name: "Headers", exact: true }).click();
  const editor = page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden) .CodeMirror");
  await editor.click();
  await page.keyboard.insertText(JSON.stringify({ Authorization: `Bearer ${demo.token}` }));
  await run();
  await resultShows(/"offerNumber": "/);
  await page.getByRole("button", { name: "Show History" }).click();
  await page.locator(".graphiql-history-item").getByText("Offers").waitFor();
});

test("without a token nothing is asked of the service", async () => {
  await run();
  await resultShows(/Paste a token/);
  assert.deepEqual(requests.filter((it) => it === demo.endpoint), []);
});

test("a reload forgets the token and remembers the query", async () => {
  await enterToken();
  await run();
  await resultShows(/"offerNumber": "/);
  await page.waitForTimeout(1_000);
  await page.reload();
  await page.locator(".graphiql-query-editor").getByText("offerNumber").waitFor();
  assert.equal(await page.getByLabel("Token").inputValue(), "");
});

test("dialogs and menus keep to the page's security policy", async () => {
  await page.getByRole("button", { name: "Open settings dialog" }).click();
  await page.getByRole("dialog").getByText("Theme", { exact: true }).waitFor();
  assert.equal(await page.getByText("Persist headers").count(), 0, "headers cannot be kept");
  await page.getByRole("button", { name: "Dark" }).click();
  await page.keyboard.press("Escape");
});

async function enterToken() {
  await page.getByLabel("Token").fill(demo.token);
  await page.getByLabel("Token").press("Enter");
}

async function run() {
  // After a change of tab, GraphiQL takes a tenth of a second to see which operation it is now. No
  // hand is faster than that.
  await page.waitForTimeout(500);
  await page.locator(".graphiql-execute-button").click();
}

async function result() {
  return page.locator(".result-window .CodeMirror").evaluate((it) => it.CodeMirror.getValue());
}

async function resultShows(pattern) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!pattern.test(await result())) {
    assert.ok(Date.now() < deadline, `no ${pattern} in the result: ${await result()}`);
    await page.waitForTimeout(100);
  }
}
