// Starts `leasegraph serve` over a sandbox of JobRad that stands still, for tests that make their own
// tokens and decide themselves what happens.
//
// The world is changed through the sandbox's control routes, as its documentation says; the service
// reads of it as it would of the provider.

import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";

import { door, eventually, startProgram } from "./program.mjs";

const PATIENCE_MS = 90_000;

// What the programs print.
const LISTENING = /listening on (http:\S+)/;
const [JOBRAD, TOKENS, CLIENT, SECRET, CONTROL] = [
  /JobRad\s+(http\S+)/,
  /Tokens\s+(http\S+)/,
  /Client\s+(\S+)/,
  /Secret\s+(\S+)/,
  /Control\s+(http\S+)/,
];

// A token's claims.
const CLAIMS = { iss: "leasegraph", aud: "leasegraph", tenant: "tests", sub: "tests", scope: "admin" };

const CONNECT = `
  mutation ($input: ConnectProviderAccountInput!) {
    connectProviderAccount(input: $input) { account { id } userErrors { code message } }
  }
`;
const SYNCED = `{
  providerAccounts(first: 1) { nodes { sync { entity lastSuccessAt } } }
}`;

/**
 * Starts a sandbox and a service that is connected to it and has read its `offers`. `settings` are the
 * service's, beside or instead of the usual ones.
 */
export async function startService({ offers = 40, settings = {} } = {}) {
  const sandbox = await startSandbox(offers);
  try {
    return await startConnected(sandbox, settings);
  } catch (error) {
    // A process that goes on would keep the test from ending.
    await sandbox.stop();
    throw error;
  }
}

async function startConnected(sandbox, settings) {
  const secret = randomBytes(32).toString("hex");
  const program = await startProgram(["serve", "--listen", "127.0.0.1:0"], {
    env: {
      DATABASE_URL: "sqlite://service.db?mode=rwc",
      LEASEGRAPH_JWT_HS256_SECRET: secret,
      LEASEGRAPH_ENCRYPTION_KEYS: `test:${randomBytes(32).toString("base64")}`,
      LEASEGRAPH_EGRESS_ALLOW_CIDRS: "127.0.0.0/8",
      LEASEGRAPH_WEBHOOK_ALLOW_HTTP: "true",
      LEASEGRAPH_REQUEST_QUOTAS: "jobrad=10000/60/10",
      LEASEGRAPH_SYNC_INTERVAL_SECONDS: "1",
      ...settings,
    },
    patterns: [LISTENING],
  });
  const mint = (claims) => signed({ ...CLAIMS, exp: now() + 3_600, ...claims }, secret);
  const service = {
    ...door(program.found(LISTENING), mint()),
    mint,
    sandbox,
    output: program.output,
    async stop() {
      await program.stop();
      await sandbox.stop();
    },
  };
  try {
    await connect(service);
  } catch (error) {
    await program.stop();
    throw error;
  }
  return service;
}

/** Seconds since 1970, as in a token's claims. */
export const now = () => Math.floor(Date.now() / 1_000);

/** A token for these claims. */
function signed(claims, secret) {
  const [head, body] = [{ alg: "HS256", typ: "JWT" }, claims].map((it) =>
    Buffer.from(JSON.stringify(it)).toString("base64url"),
  );
  const signature = createHmac("sha256", secret).update(`${head}.${body}`).digest("base64url");
  return `${head}.${body}.${signature}`;
}

async function startSandbox(offers) {
  const args = ["sandbox", "--listen", "127.0.0.1:0", "--offers", String(offers)];
  const program = await startProgram(args, { patterns: [JOBRAD, TOKENS, CLIENT, SECRET, CONTROL] });
  const control = program.found(CONTROL);
  return {
    baseUrl: program.found(JOBRAD),
    credentials: {
      jobrad: {
        clientId: program.found(CLIENT),
        clientSecret: program.found(SECRET),
        tokenUrl: program.found(TOKENS),
      },
    },
    stop: program.stop,

    /** Adds an offer, which is one event, and returns its id. */
    async addOffer() {
      const response = await post(`${control}/jobrad/offers`, { status: "draft" });
      return (await response.json()).id;
    },

    /** Puts an offer that was added into another status, which is one event. */
    async setStatus(id, code) {
      await post(`${control}/jobrad/offers/${id}/status`, { code });
    },
  };
}

/** Asks the sandbox to change something, and insists that it does. */
async function post(url, body) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.ok(response.ok, `${url}: ${response.status}`);
  return response;
}

/** Connects the sandbox and waits for the first sync, of which no event tells. */
async function connect({ graphql, sandbox, output }) {
  const { baseUrl, credentials } = sandbox;
  const input = { name: "JobRad", baseUrl, credentials };
  const { connectProviderAccount: connected } = await graphql(CONNECT, { input });
  assert.deepEqual(connected.userErrors, []);
  const synced = await eventually(async () => {
    const { providerAccounts } = await graphql(SYNCED);
    const { sync } = providerAccounts.nodes[0];
    return sync.length > 0 && sync.every((it) => it.lastSuccessAt);
  }, PATIENCE_MS);
  assert.ok(synced, `nothing was read. The service's output:\n${output()}`);
}
