// The audits of the GraphQL-over-HTTP specification's own library: what it says a server MUST, SHOULD
// and MAY do is all demanded here.
//
// The audits are not ours, so this file adds nothing to them but the token.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { serverAudits } from "graphql-http";

import { startService } from "./service.mjs";

// How many the library has. A version that has others has to be looked at.
const AUDITS = 61;

let service;

const audits = serverAudits({
  url: () => service.endpoint,
  fetchFn: (url, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${service.token}`);
    return fetch(url, { ...init, headers });
  },
});

before(async () => {
  service = await startService();
});

after(async () => {
  await service?.stop();
});

test("there are as many audits as we know of", () => {
  assert.equal(audits.length, AUDITS);
});

for (const audit of audits) {
  test(`${audit.id}: ${audit.name}`, async () => {
    const result = await audit.fn();
    // The library has three outcomes; "warn" is its word for a SHOULD that is not kept.
    assert.equal(result.status, "ok", result.reason);
  });
}
