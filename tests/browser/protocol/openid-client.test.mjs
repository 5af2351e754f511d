// The npm package openid-client, unmodified, signs in and steps up. It verifies the ID token itself: signature,
// issuer, audience, nonce, auth_time against max_age, and the issuer on the answer (RFC 9207).

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import * as oidc from "openid-client";

import { device } from "../lib/browser.mjs";
import { answer, playground } from "../lib/client.mjs";
import { scene } from "../lib/scene.mjs";
import { signIn, visit } from "../lib/riser.mjs";

const now = () => Math.floor(Date.now() / 1000);

describe("openid-client", () => {
  const the = scene();
  let client;
  let ada; // signed in with her password, on a device that holds her passkey
  let signedIn;

  before(async () => {
    client = await playground(the.demo);
    ada = await device(the.browser, { passkeys: await the.enrolled(the.ada) });
    const request = await client.begin();
    const page = await ada.open(request.url);
    signedIn = await request.redeem(await answer(page, () => signIn(page, the.ada)));
    await page.close();
  });

  /** Presses the passkey in the visit that a request opens; its tokens. */
  async function stepUp(parameters) {
    const request = await client.begin(parameters);
    const page = await ada.open(request.url);
    assert.deepEqual(await visit(page), { kind: "step_up", status: "pending" });
    const tokens = await request.redeem(await answer(page, () => page.getByTestId("passkey").click()));
    await page.close();
    return tokens;
  }

  /** A request that must be answered without a page. */
  async function silently(parameters) {
    const request = await client.begin(parameters);
    const page = await ada.open();
    const url = await answer(page, () => page.goto(request.url));
    await page.close();
    return { url, redeem: () => request.redeem(url) };
  }

  test("signs in with a password", () => {
    const claims = signedIn.claims();
    assert.equal(claims.acr, "aal1");
    assert.deepEqual(claims.amr, ["pwd"]);
    assert.ok(claims.sid);
  });

  test("is answered without a page while the session suffices", async () => {
    const again = await (await silently({ prompt: "none" })).redeem();
    assert.equal(again.claims().sub, signedIn.claims().sub);
    assert.equal(again.claims().auth_time, signedIn.claims().auth_time);
  });

  test("is told that a level needs the person", async () => {
    const { redeem } = await silently({ prompt: "none", acr_values: "phr" });
    await assert.rejects(redeem, (error) => error.error === "interaction_required" || error.error === "login_required");
  });

  test("steps up by acr_values and max_age", async () => {
    const before = now();
    const tokens = await stepUp({ acr_values: "phr", max_age: "300" });
    const claims = tokens.claims();
    assert.equal(claims.acr, "phr");
    assert.deepEqual(claims.amr, ["pop", "user", "mfa"]);
    assert.ok(claims.auth_time >= before - 1 && claims.auth_time <= now() + 1);
    assert.equal(claims.sid, signedIn.claims().sid, "the session rose; it is the same one");
    assert.equal(claims.sub, signedIn.claims().sub);
  });

  test("does not prompt for what was just proved", async () => {
    const again = await (await silently({ acr_values: "phr", max_age: "300" })).redeem();
    assert.equal(again.claims().acr, "phr");
  });

  test("steps up by an essential acr claim, after max_age=0", async () => {
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ["phr"] } } });
    const tokens = await stepUp({ claims, max_age: "0" });
    assert.equal(tokens.claims().acr, "phr");
  });

  test("a refresh keeps acr, amr and auth_time", async () => {
    const tokens = await stepUp({ acr_values: "phr", prompt: "login" });
    assert.ok(tokens.refresh_token, "the playground may refresh");
    const fresh = await oidc.refreshTokenGrant(client.config, tokens.refresh_token);
    for (const name of ["sub", "sid", "acr", "amr", "auth_time"]) {
      assert.deepEqual(fresh.claims()[name], tokens.claims()[name], name);
    }
    const person = await oidc.fetchUserInfo(client.config, fresh.access_token, fresh.claims().sub);
    assert.equal(person.sub, tokens.claims().sub);
  });

  test("an approved payment comes back in a token that is bound, short, and not refreshed", async () => {
    const details = [
      {
        type: "payment_initiation",
        instructedAmount: { currency: "EUR", amount: "1234.00" },
        creditorName: "ACME GmbH",
        creditorAccount: { iban: "DE89370400440532013000" },
      },
    ];
    const tokens = await stepUp({ acr_values: "phr", authorization_details: JSON.stringify(details) });
    assert.deepEqual(tokens.authorization_details, details);
    assert.equal(tokens.refresh_token, undefined);
    assert.ok(tokens.expires_in <= 120);
    const claims = JSON.parse(Buffer.from(tokens.access_token.split(".")[1], "base64url"));
    assert.deepEqual(claims.authorization_details, details);
    assert.equal(typeof claims.txn, "string");
    assert.equal(claims.aud, "http://127.0.0.1:9090/api");
  });

  test("is told when nothing can reach a level", async () => {
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ["phrh"] } } });
    const request = await client.begin({ claims });
    const page = await ada.open();
    await page.goto(request.url);
    // A page says why; the client learns it when the person goes back.
    assert.equal((await visit(page)).status, "failed");
    const url = await answer(page, () => page.getByTestId("continue").click());
    await assert.rejects(request.redeem(url), { error: "unmet_authentication_requirements" });
    await page.close();
  });
});
