// The npm package openid-client, unmodified, signs in and steps up. It verifies the ID token itself: signature,
// issuer, audience, nonce, auth_time against max_age, and the issuer on the answer (RFC 9207).

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import * as oidc from "openid-client";

import { device, launch } from "../lib/browser.mjs";
import { answer, playground } from "../lib/client.mjs";
import { startDemo } from "../lib/demo.mjs";
import { enrol, signIn, visit } from "../lib/riser.mjs";

const now = () => Math.floor(Date.now() / 1000);

describe("openid-client", () => {
  let demo;
  let browser;
  let client;
  let ada; // signed in with her password, and has a passkey
  let signedIn;

  before(async () => {
    demo = await startDemo();
    browser = await launch();
    client = await playground(demo);
    const person = { username: "ada", password: demo.password("ada"), enrolment_url: demo.enrolmentUrl("ada") };
    const first = await device(browser);
    await enrol(first, person);
    ada = await device(browser, { passkeys: first.authenticator.passkeys });
    await first.close();
    const request = await client.begin();
    const page = await ada.open(request.url);
    signedIn = await request.redeem(await answer(page, () => signIn(page, person)));
    await page.close();
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
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

  test("is told when nothing can reach a level", async () => {
    const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ["phrh"] } } });
    const request = await client.begin({ claims });
    const page = await ada.open();
    let url;
    const came = answer(page, () => page.goto(request.url)).then((found) => (url = found));
    // Either at once, or after a page that says why.
    const said = page.getByTestId("interaction").waitFor().then(() => "a page");
    if ((await Promise.race([came.then(() => "at once"), said.catch(() => "at once")])) === "a page") {
      assert.equal((await visit(page)).status, "failed");
      await page.getByTestId("continue").click().catch(() => {});
      await came;
    } else {
      await came;
    }
    await assert.rejects(request.redeem(url), { error: "unmet_authentication_requirements" });
    await page.close();
  });
});
