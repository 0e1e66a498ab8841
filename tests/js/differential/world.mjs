// A service over all four providers in which nothing moves any more: what is asked twice is answered
// twice alike, so another implementation can answer beside it.
//
// The world is made to hold something of everything first: records of every provider, events with the
// records as they were, webhooks that were delivered. Then nothing is due for a day.

import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

import { door, eventually, startProgram } from "../program.mjs";

const PATIENCE_MS = 120_000;
const A_DAY = "86400";

// What the programs print.
const LISTENING = /listening on (http:\S+)/;
const SANDBOX = {
  jobrad: /JobRad\s+(http\S+)/,
  tokens: /Tokens\s+(http\S+)/,
  client: /Client\s+(\S+)/,
  secret: /Secret\s+(\S+)/,
  leasingAutomation: /Leasing Automation\s+(http\S+)\n\s+API key/,
  leasingAutomationKey: /Leasing Automation\s+http\S+\n\s+API key\s+(\S+)/,
  leasecloud: /LeaseCloud\s+(http\S+)/,
  leasecloudKey: /API key in SE\s+(\S+)/,
  autoleap: /AutoLeap\s+(http\S+)/,
  partner: /Partner\s+(\S+)/,
  authKey: /Auth key\s+(\S+)/,
  control: /Control\s+(http\S+)/,
};

const CONNECT = `
  mutation ($input: ConnectProviderAccountInput!) {
    connectProviderAccount(input: $input) { account { id } userErrors { code message } }
  }
`;
const SYNCED = `{
  providerAccounts(first: 10) { nodes { sync { lastSuccessAt } } }
}`;
const SYNC = `
  mutation ($id: ID!) {
    syncProviderAccount(input: { accountId: $id }) { userErrors { code message } }
  }
`;
const LISTEN = `
  mutation ($url: URL!) {
    createWebhookEndpoint(input: { url: $url, description: "Differential" }) {
      endpoint { id }
      userErrors { code message }
    }
  }
`;
const TOLD = `{ events(first: 100) { nodes { type } } }`;
const DELIVERED = `{ webhookDeliveries(first: 100) { nodes { status } } }`;

/** Starts everything, fills it, and waits until nothing moves. */
export async function startWorld() {
  const receiver = await startReceiver();
  const stops = [receiver.stop];
  const stop = async () => {
    for (const it of stops.reverse()) {
      await it();
    }
  };
  try {
    const sandbox = await startSandbox();
    stops.push(sandbox.stop);
    const service = await startService();
    stops.push(service.stop);
    await fill(service, sandbox, receiver);
    return { ...service, stop };
  } catch (error) {
    // A process that goes on would keep the test from ending.
    await stop();
    throw error;
  }
}

/** Whoever is told by webhook: takes everything. */
async function startReceiver() {
  const server = createServer((request, response) => request.resume().on("end", () => response.end()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function startSandbox() {
  const args = ["sandbox", "--listen", "127.0.0.1:0", "--offers", "12"];
  const program = await startProgram(args, { patterns: Object.values(SANDBOX) });
  const found = Object.fromEntries(
    Object.entries(SANDBOX).map(([name, pattern]) => [name, program.found(pattern)]),
  );
  return { ...found, stop: program.stop };
}

async function startService() {
  const secret = randomBytes(32).toString("hex");
  const program = await startProgram(["serve", "--listen", "127.0.0.1:0"], {
    env: {
      DATABASE_URL: "sqlite://service.db?mode=rwc",
      LEASEGRAPH_JWT_HS256_SECRET: secret,
      LEASEGRAPH_ENCRYPTION_KEYS: `test:${randomBytes(32).toString("base64")}`,
      LEASEGRAPH_EGRESS_ALLOW_CIDRS: "127.0.0.0/8",
      LEASEGRAPH_WEBHOOK_ALLOW_HTTP: "true",
      LEASEGRAPH_SYNC_INTERVAL_SECONDS: A_DAY,
      LEASEGRAPH_COST_PER_MINUTE: "1000000000",
      LEASEGRAPH_INTROSPECTIONS_PER_MINUTE: "1000000",
    },
    patterns: [LISTENING],
  });
  const claims = { iss: "leasegraph", aud: "leasegraph", tenant: "tests", sub: "tests", scope: "admin" };
  const token = signed({ ...claims, exp: Math.floor(Date.now() / 1_000) + 6 * 3_600 }, secret);
  const entrance = door(program.found(LISTENING), token);
  return { ...entrance, send: (request) => send(entrance, request), output: program.output, stop: program.stop };
}

function signed(claims, secret) {
  const [head, body] = [{ alg: "HS256", typ: "JWT" }, claims].map((it) =>
    Buffer.from(JSON.stringify(it)).toString("base64url"),
  );
  const signature = createHmac("sha256", secret).update(`${head}.${body}`).digest("base64url");
  return `${head}.${body}.${signature}`;
}

/** Sends a request of any kind and returns the text of its answer, and what is in it. */
async function send({ endpoint, token }, request) {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  try {
    return { status: response.status, text, answer: JSON.parse(text) };
  } catch {
    return assert.fail(`${response.status} and no JSON: ${text.slice(0, 200)}`);
  }
}

async function fill(service, sandbox, receiver) {
  const { graphql } = service;
  const { createWebhookEndpoint: made } = await graphql(LISTEN, { url: receiver.url });
  assert.deepEqual(made.userErrors, []);
  const ids = [];
  for (const input of accounts(sandbox)) {
    const { connectProviderAccount: connected } = await graphql(CONNECT, { input });
    assert.deepEqual(connected.userErrors, []);
    ids.push(connected.account.id);
  }
  await until(service, "the first sync", async () => {
    const { nodes } = (await graphql(SYNCED)).providerAccounts;
    return nodes.every(({ sync }) => sync.length > 0 && sync.every((it) => it.lastSuccessAt));
  });
  await happen(service, sandbox, ids[0]);
}

function accounts(sandbox) {
  const { client, secret, tokens, partner, authKey } = sandbox;
  return [
    {
      name: "JobRad",
      baseUrl: sandbox.jobrad,
      credentials: { jobrad: { clientId: client, clientSecret: secret, tokenUrl: tokens } },
    },
    {
      name: "Leasing Automation",
      baseUrl: sandbox.leasingAutomation,
      credentials: { leasingAutomation: { apiKey: sandbox.leasingAutomationKey } },
    },
    {
      name: "LeaseCloud",
      baseUrl: sandbox.leasecloud,
      credentials: { leasecloud: { apiKey: sandbox.leasecloudKey, market: "SE" } },
    },
    { name: "AutoLeap", baseUrl: sandbox.autoleap, credentials: { autoleap: { partnerId: partner, authKey } } },
  ];
}

/** Lets two offers come about and one of them move on, and waits until that is told. */
async function happen({ graphql, ...service }, sandbox, account) {
  const added = [];
  for (const status of ["draft", "draft"]) {
    const { id } = await (await post(`${sandbox.control}/jobrad/offers`, { status })).json();
    added.push(id);
  }
  await seen({ graphql, ...service }, account, 2);
  await post(`${sandbox.control}/jobrad/offers/${added[0]}/advance`, {});
  await seen({ graphql, ...service }, account, 3);
  await until(service, "the deliveries", async () => {
    const { nodes } = (await graphql(DELIVERED)).webhookDeliveries;
    return nodes.length >= 3 && nodes.every((it) => it.status === "DELIVERED");
  });
}

/** Reads an account's provider now, until there are so many events. */
async function seen({ graphql, ...service }, account, events) {
  const { syncProviderAccount: asked } = await graphql(SYNC, { id: account });
  assert.deepEqual(asked.userErrors, []);
  await until(service, `${events} events`, async () => {
    return (await graphql(TOLD)).events.nodes.length >= events;
  });
}

async function until(service, what, ask) {
  assert.ok(await eventually(ask, PATIENCE_MS, 250), `${what} did not come. Its output:\n${service.output()}`);
}

async function post(url, body) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.ok(response.ok, `${url}: ${response.status} ${await response.clone().text()}`);
  return response;
}
