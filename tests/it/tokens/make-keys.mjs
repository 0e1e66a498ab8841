// Makes keys.json: keys for the tests of tokens, and tokens signed with them, by code that is not
// ours (node's OpenSSL). Run once; what it wrote is committed. `node make-keys.mjs > keys.json`
import { createSign, generateKeyPairSync, sign } from "node:crypto";

const make = {
  rsa: ["rsa", { modulusLength: 2048 }, "RS256"],
  rsaNext: ["rsa", { modulusLength: 2048 }, "RS256"],
  rsaWeak: ["rsa", { modulusLength: 1024 }, "RS256"],
  ec: ["ec", { namedCurve: "P-256" }, "ES256"],
  ecNext: ["ec", { namedCurve: "P-256" }, "ES256"],
  ecOfAnotherCurve: ["ec", { namedCurve: "P-384" }, "ES384"],
  ed: ["ed25519", {}, "EdDSA"],
  edNext: ["ed25519", {}, "EdDSA"],
};

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

// Of noon on the day on which the clocks of the tests stand still.
const noon = Date.parse("2030-12-01T12:00:00Z") / 1000;
const claims = {
  iss: "leasegraph",
  aud: "leasegraph",
  sub: "ann",
  tenant: "acme",
  scope: "admin",
  exp: noon + 3600,
};

const signature = {
  RS256: (key, text) => createSign("sha256").update(text).sign(key),
  ES256: (key, text) => sign("sha256", text, { key, dsaEncoding: "ieee-p1363" }),
  ES384: (key, text) => sign("sha384", text, { key, dsaEncoding: "ieee-p1363" }),
  EdDSA: (key, text) => sign(null, text, key),
};

const keys = {};
for (const [name, [type, options, alg]] of Object.entries(make)) {
  const { publicKey, privateKey } = generateKeyPairSync(type, options);
  const form = { format: "der", type: type === "rsa" ? "pkcs1" : "pkcs8" };
  const text = Buffer.from(`${base64url({ alg, typ: "JWT", kid: name })}.${base64url(claims)}`);
  keys[name] = {
    alg,
    jwk: publicKey.export({ format: "jwk" }),
    pem: publicKey.export({ format: "pem", type: "spki" }),
    der: privateKey.export(form).toString("base64"),
    token: `${text}.${signature[alg](privateKey, text).toString("base64url")}`,
  };
}
process.stdout.write(`${JSON.stringify(keys, null, 2)}\n`);
