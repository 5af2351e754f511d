// Whose word stands behind Chromium's virtual security key: the certificate of its attestation, which is its own root.

import { createServer } from "node:http";

import { decodeAttestationObject } from "@simplewebauthn/server/helpers";

import { KINDS, device } from "./browser.mjs";

/** The certificate, in DER, that a virtual security key shows at a registration that asks who made it. */
export async function rootOfVirtualKeys(browser) {
  const server = createServer((_, response) => response.end("<!doctype html><title>Blank</title>"));
  const port = await new Promise((done) => server.listen(0, "localhost", () => done(server.address().port)));
  const own = await device(browser, { kind: KINDS.key });
  try {
    const page = await own.open(`http://localhost:${port}/`);
    const object = Buffer.from(await page.evaluate(register), "base64");
    const statement = decodeAttestationObject(new Uint8Array(object)).get("attStmt");
    return statement.get("x5c")[0];
  } finally {
    await own.close();
    server.close();
  }
}

/** Runs in the page. */
async function register() {
  const { response } = await navigator.credentials.create({
    publicKey: {
      challenge: new Uint8Array(32),
      rp: { id: "localhost", name: "Blank" },
      user: { id: new Uint8Array(16), name: "nobody", displayName: "nobody" },
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      attestation: "direct",
    },
  });
  return btoa(String.fromCharCode(...new Uint8Array(response.attestationObject)));
}
