// A hardware key is asked for: who lacks one is told which, why and what to do; who gets one steps up with it.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { begin, facts, news } from "../lib/account.mjs";
import { rootOfVirtualKeys } from "../lib/attestation.mjs";
import { Authenticator, KINDS, device } from "../lib/browser.mjs";
import { answer, playground } from "../lib/client.mjs";
import { look } from "../lib/looks.mjs";
import { openAccount, prove, signIn, typePassword, visit } from "../lib/riser.mjs";
import { scene } from "../lib/scene.mjs";

const ESSENTIAL = JSON.stringify({ id_token: { acr: { essential: true, values: ["phrh"] } } });

describe("a level that takes a hardware key", () => {
  const the = scene({
    server: async (browser) => ({
      webauthn: 'attestation_roots = ["keys.der"]',
      files: { "keys.der": await rootOfVirtualKeys(browser) },
    }),
    people: { ada: "phr" },
  });
  let client;
  let ada; // on a device with a synced passkey
  let key;
  let link;

  before(async () => {
    client = await playground(the.demo);
    const passkeys = await the.enrolled(the.ada, KINDS.synced);
    ada = await device(the.browser, { passkeys, kind: KINDS.synced });
    key = new Authenticator(KINDS.key);
  });

  test("tells who has a synced passkey which one will not do, why, and what to do", async () => {
    const first = await client.begin();
    const signedIn = await ada.open(first.url);
    await answer(signedIn, () => signIn(signedIn, the.ada));
    await signedIn.close();
    const request = await client.begin({ claims: ESSENTIAL });
    const page = await ada.open(request.url);
    assert.deepEqual(await visit(page), { kind: "step_up", status: "failed" });
    const said = await page.getByTestId("interaction").innerText();
    assert.match(said, /A hardware key is needed/);
    assert.match(said, /Playground asks for a hardware security key/);
    assert.match(said, /“Synced passkey” is no hardware key/);
    assert.match(said, /Ask your administrator/);
    await look(page, "hardware-missing");
    const refused = await answer(page, () => page.getByTestId("continue").click());
    await assert.rejects(request.redeem(refused), { error: "unmet_authentication_requirements" });
    await page.close();
  });

  test("takes none that is synced under its link, says so, and keeps the link", async () => {
    link = await the.demo.link("ada", "phrh");
    const page = await ada.open(link);
    assert.deepEqual(await visit(page), { kind: "enrol", status: "pending" });
    await look(page, "hardware-link");
    assert.match(await page.locator("h1").innerText(), /hardware key/i);
    const first = ada.authenticator;
    await ada.take(new Authenticator(KINDS.phone));
    await page.getByTestId("passkey").click();
    await page.getByTestId("alert").filter({ hasText: /not a hardware key/ }).waitFor();
    await look(page, "hardware-refused");
    assert.deepEqual(await visit(page), { kind: "enrol", status: "pending" });
    await ada.take(first);
    await openAccount(page, the.demo.provider);
    assert.equal(await page.getByTestId("passkey-row").count(), 1);
    await page.close();
  });

  test("takes the key under the same link, and the account says what it counts for", async () => {
    const first = ada.authenticator;
    await ada.take(key);
    const page = await ada.open(link);
    await prove(page);
    await page.getByTestId("news").waitFor();
    assert.equal((await page.goto(link)).status(), 410);
    // Now the account's strongest is the key, and it opens with that.
    await openAccount(page, the.demo.provider);
    const [synced, fresh] = await Promise.all([0, 1].map((at) => facts(page.getByTestId("passkey-row").nth(at))));
    assert.equal(fresh.Kept, "In a hardware key");
    assert.equal(fresh["Counts for"], "Everything, also where a hardware key is asked for");
    assert.equal(synced["Counts for"], "Everything except what needs a hardware key");
    await look(page, "account-hardware-key");
    await ada.take(first);
    await page.close();
  });

  test("is reached with the key, and not with the passkey beside it", async () => {
    const request = await client.begin({ claims: ESSENTIAL, max_age: "0" });
    const page = await ada.open(request.url);
    assert.deepEqual(await visit(page), { kind: "step_up", status: "pending" });
    assert.match(await page.getByTestId("interaction").innerText(), /hardware security key ready/);
    await look(page, "hardware-prompt");
    // The browser takes the passkey in this device for none that was asked for, and waits for the key.
    await page.getByTestId("passkey").click();
    await page.waitForTimeout(1_000);
    assert.deepEqual(await visit(page), { kind: "step_up", status: "pending" });
    await page.reload();
    await ada.take(key);
    const tokens = await request.redeem(await answer(page, () => page.getByTestId("passkey").click()));
    assert.equal(tokens.claims().acr, "phrh");
    assert.ok(tokens.claims().amr.includes("hwk"), String(tokens.claims().amr));
    await page.close();
  });

  test("another key is added in the account, and a synced passkey is refused there too", async () => {
    const page = await ada.open();
    await page.goto(`${the.demo.provider}/account`);
    await page.getByTestId("account").waitFor();
    await begin(page, () => page.getByTestId("add-hardware-key").click());
    await look(page, "account-add-hardware-key");
    await ada.take(new Authenticator(KINDS.phone));
    await page.getByTestId("passkey").click();
    await page.getByTestId("alert").filter({ hasText: /not a hardware key/ }).waitFor();
    await ada.take(new Authenticator(KINDS.key));
    await prove(page);
    await news(page, /hardware key was added/);
    assert.equal(await page.getByTestId("passkey-row").count(), 3);
    ada.quiet();
    await ada.close();
  });

  test("tells who has no passkey at all the same", async () => {
    const bob = await the.demo.addPerson("bob");
    const own = await device(the.browser);
    const first = await client.begin();
    const signedIn = await own.open(first.url);
    await answer(signedIn, () => signIn(signedIn, bob));
    await signedIn.close();
    const request = await client.begin({ claims: ESSENTIAL });
    const page = await own.open(request.url);
    assert.deepEqual(await visit(page), { kind: "step_up", status: "failed" });
    assert.match(await page.getByTestId("interaction").innerText(), /A hardware key is needed/);
    await look(page, "hardware-missing-all");
    await own.close();
  });
});
