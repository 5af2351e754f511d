// Which tokens a guard takes (RFC 9068 §4), and how often it asks the provider for its keys.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { ConfigError, createGuard } from "riser-step-up/server";
import { SignJWT, generateKeyPair } from "jose";

import { AUDIENCE, NOW, startProvider } from "./lib/provider.mjs";

describe("a guard", () => {
  let provider;
  let now;
  let guard;
  const fresh = () => createGuard({ issuer: provider.issuer, audience: AUDIENCE, clock: () => now });
  before(async () => {
    provider = await startProvider();
  });
  after(() => provider.stop());
  const code = async (token) => (await guard.verify(await token)).code ?? "ok";

  test("takes a valid token, and keeps its text out of logs", async () => {
    [now, guard] = [NOW, fresh()];
    const text = await provider.token();
    const verified = await guard.verify(text);
    assert.equal(verified.token.claims.sub, "ada");
    assert.equal(verified.token.expose(), text);
    assert.ok(!JSON.stringify(verified).includes(text) && !(await import("node:util")).inspect(verified, { depth: 9 }).includes(text));
  });

  test("rfc_9068_4_refuses_what_is_not_an_access_token_for_it_now", async () => {
    [now, guard] = [NOW, fresh()];
    const other = await generateKeyPair("ES256");
    const symmetric = new TextEncoder().encode("x".repeat(32));
    const rows = {
      "another issuer's": provider.token({ iss: "https://evil.example" }),
      "a slash more in the issuer": provider.token({ iss: `${provider.issuer}/` }),
      "another audience": provider.token({ aud: "http://127.0.0.1:3000/apis" }),
      "no audience": provider.token({ aud: undefined }),
      "an ID token": provider.token({}, { typ: "JWT" }),
      "no type": provider.token({}, { typ: undefined }),
      expired: provider.token({ exp: NOW - 5 }),
      "without an end": provider.token({ exp: undefined }),
      "not valid yet": provider.token({ nbf: NOW + 6 }),
      "made in the future": provider.token({ iat: NOW + 6 }),
      "bound to a key": provider.token({ cnf: { jkt: "x" } }),
      "signed by another": provider.token({}, {}, other.privateKey),
      "an unknown critical extension": provider.token({}, { crit: ["b64"], b64: true }),
      symmetric: new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: "HS256", typ: "at+jwt" }).sign(symmetric),
      unsigned: `${btoa('{"alg":"none","typ":"at+jwt"}')}.${btoa("{}")}.`.replaceAll("=", ""),
      "auth_time as text": provider.token({ auth_time: String(NOW) }),
      "acr_satisfied as text": provider.token({ acr_satisfied: "phr" }),
      "an empty txn": provider.token({ txn: "" }),
      "details that are no list": provider.token({ authorization_details: {} }),
      "without a subject": provider.token({ sub: undefined }),
      "no token at all": "x.y.z",
      "longer than any": `${"x".repeat(17_000)}.y.z`,
    };
    for (const [name, token] of Object.entries(rows)) assert.equal(await code(token), "invalid_token", name);
  });

  test("allows five seconds between two clocks, and no more", async () => {
    [now, guard] = [NOW, fresh()];
    for (const claims of [{ exp: NOW - 4 }, { iat: NOW + 5 }, { nbf: NOW + 5 }]) {
      assert.equal(await code(provider.token(claims)), "ok", JSON.stringify(claims));
    }
  });

  test("reads one Authorization header and nothing like it", async () => {
    [now, guard] = [NOW, fresh()];
    const token = await provider.token();
    for (const [values, expected] of [
      [[], "no_token"],
      [["Basic eA=="], "no_token"],
      [[`Bearer ${token}`, `Bearer ${token}`], "ambiguous"],
      [[`Bearer ${token}, Bearer ${token}`], "ambiguous"],
      [["Bearer"], "ambiguous"],
      [[`Bearer ${token} x`], "ambiguous"],
      [[`bearer ${token}`], "ok"],
    ]) {
      assert.equal((await guard.authenticate(values)).code ?? "ok", expected, values.join("|").slice(0, 30));
    }
  });

  test("fetches the keys once, and again for an unknown name at most every thirty seconds", async () => {
    [now, guard] = [NOW, fresh()];
    provider.asked.length = 0;
    await Promise.all(Array.from({ length: 20 }, async () => code(provider.token())));
    assert.equal(provider.count("/jwks"), 1, "twenty at once share one fetch");
    await provider.rotate("second");
    assert.equal(await code(provider.token()), "invalid_token", "too early to ask again");
    now = NOW + 31;
    assert.equal(await code(provider.token()), "ok");
    for (let tries = 0; tries < 50; tries += 1) await code(provider.token({}, { kid: `unknown-${tries}` }));
    assert.equal(provider.count("/jwks"), 2);
  });

  test("outlives an hour of a provider that is away, and then denies", async () => {
    [now, guard] = [NOW, fresh()];
    assert.equal(await code(provider.token()), "ok");
    provider.answers["/jwks"] = { status: 500, text: "" };
    for (const [later, expected] of [[599, "ok"], [601, "ok"], [3599, "ok"], [3601, "unavailable"]]) {
      now = NOW + later;
      assert.equal(await code(provider.token({ exp: now + 60 })), expected, String(later));
    }
    delete provider.answers["/jwks"];
    now += 3;
    assert.equal(await code(provider.token({ exp: now + 60 })), "ok", "and it is asked again");
  });

  test("trusts no metadata and no keys but the issuer's own", async () => {
    now = NOW;
    const { issuer } = provider;
    const jwks_uri = `${issuer}/jwks`;
    for (const [path, told] of [
      ["/.well-known/openid-configuration", { json: { issuer: `${issuer}/`, jwks_uri } }],
      ["/.well-known/openid-configuration", { json: { issuer, jwks_uri: "http://evil.example/jwks" } }],
      ["/.well-known/openid-configuration", { json: { issuer } }],
      ["/.well-known/openid-configuration", { text: "null" }],
      ["/.well-known/openid-configuration", { text: "<html>" }],
      ["/jwks", { json: { keys: "none" } }],
      ["/jwks", { json: { keys: [...provider.keys, ...provider.keys] } }],
      ["/jwks", { text: `{"keys":[],"x":"${"x".repeat(300_000)}"}` }],
      ["/jwks", { status: 302, text: "" }],
    ]) {
      guard = fresh();
      provider.answers[path] = told;
      assert.equal(await code(provider.token()), "unavailable", `${path} ${JSON.stringify(told).slice(0, 60)}`);
      delete provider.answers[path];
    }
  });

  test("is set up with what it can work with, or not at all", () => {
    const { issuer } = provider;
    for (const options of [
      { issuer: "http://id.example.com", audience: AUDIENCE },
      { issuer: "http://localhost.evil.example", audience: AUDIENCE },
      { issuer: "http://127.0.0.1@evil.example", audience: AUDIENCE },
      { issuer: "https://id.example.com?x=1", audience: AUDIENCE },
      { issuer, audience: "" },
      { issuer },
      { issuer, audience: AUDIENCE, clientId: "payroll" },
      { issuer, audience: AUDIENCE, leeway: 60 },
    ]) {
      assert.throws(() => createGuard(options), ConfigError, JSON.stringify(options));
    }
  });
});
