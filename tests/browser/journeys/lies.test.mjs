// Authenticators that lie: about their person, their signature, where their key is, and how often it was used.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { KINDS, device } from "../lib/browser.mjs";
import { answer, playground } from "../lib/client.mjs";
import { look } from "../lib/looks.mjs";
import { secondOpinion } from "../lib/opinion.mjs";
import { prove, signIn, typePassword, visit } from "../lib/riser.mjs";
import { scene } from "../lib/scene.mjs";

const BITS = (bits) => ({ isBogusSignature: false, isBadUV: false, isBadUP: false, ...bits });

/** What is told of a lie: the command, and the status and name of the answer. */
const LIES = [
  { name: "a signature by another key", bits: { isBogusSignature: true }, problem: [401, "invalid_credentials"] },
  { name: "nobody was verified", bits: { isBadUV: true }, problem: [422, "user_verification_required"] },
  { name: "nobody was there", bits: { isBadUP: true }, problem: [401, "invalid_credentials"] },
];

describe("an authenticator that lies", () => {
  const the = scene();
  let client;
  let passkeys;
  before(async () => {
    client = await playground(the.demo);
    passkeys = await the.enrolled(the.ada);
  });

  /** Presses the passkey; what the server answered. */
  async function press(page, path = "/passkey") {
    const answered = page.waitForResponse((response) => response.url().endsWith(path));
    await page.getByTestId("passkey").click();
    const response = await answered;
    const { type } = await response.json();
    return [response.status(), type?.split("/").at(-1)];
  }

  /** What the session of `own` is worth, asked without a page. */
  async function worth(own, acr) {
    const request = await client.begin({ prompt: "none", ...(acr ? { acr_values: acr } : {}) });
    const page = await own.open();
    const told = await answer(page, () => page.goto(request.url));
    await page.close();
    return told.searchParams.get("error") ?? "code";
  }

  for (const { name, bits, problem } of LIES) {
    test(`signs nobody in when ${name}`, async () => {
      const own = await device(the.browser, { passkeys });
      const request = await client.begin();
      const page = await own.open(request.url);
      await own.authenticator.tell(page, "setResponseOverrideBits", BITS(bits));
      assert.deepEqual(await press(page), problem);
      await page.getByTestId("alert").filter({ hasText: /\w/ }).waitFor();
      assert.deepEqual(await visit(page), { kind: "login", status: "pending" });
      assert.equal(await worth(own), "login_required");
      await own.close();
    });

    test(`raises nothing when ${name}, and the truth then does`, async () => {
      const own = await device(the.browser, { passkeys });
      const first = await client.begin();
      const signedIn = await own.open(first.url);
      await answer(signedIn, () => signIn(signedIn, the.ada));
      await signedIn.close();
      const request = await client.begin({ acr_values: "phr" });
      const page = await own.open(request.url);
      await own.authenticator.tell(page, "setResponseOverrideBits", BITS(bits));
      assert.deepEqual(await press(page), problem);
      await page.getByTestId("alert").filter({ hasText: /\w/ }).waitFor();
      await look(page, `lie-${Object.keys(bits)[0]}`);
      assert.deepEqual(await visit(page), { kind: "step_up", status: "pending" });
      assert.match(await worth(own, "phr"), /interaction_required|login_required/);
      await own.authenticator.tell(page, "setResponseOverrideBits", BITS({}));
      const tokens = await request.redeem(await answer(page, () => page.getByTestId("passkey").click()));
      assert.equal(tokens.claims().acr, "phr");
      await own.close();
    });
  }

  test("three lies end the visit", async () => {
    const own = await device(the.browser, { passkeys });
    const request = await client.begin();
    const page = await own.open(request.url);
    await own.authenticator.tell(page, "setResponseOverrideBits", BITS({ isBogusSignature: true }));
    for (let tries = 0; tries < 2; tries += 1) {
      await press(page);
      await page.getByTestId("alert").filter({ hasText: /\w/ }).waitFor();
    }
    await page.getByTestId("passkey").click();
    await page.locator('[data-status="failed"]').waitFor();
    await look(page, "too-many-lies");
    const told = await answer(page, () => page.getByTestId("continue").click());
    assert.equal(told.searchParams.get("error"), "access_denied");
    await own.close();
  });

  test("a person whom the device does not recognise is told so, and nothing is sent", async () => {
    const own = await device(the.browser, { passkeys });
    const request = await client.begin();
    const page = await own.open(request.url);
    await own.authenticator.tell(page, "setUserVerified", { isUserVerified: false });
    await page.getByTestId("passkey").click();
    await page.getByTestId("alert").filter({ hasText: /\w/ }).waitFor();
    assert.deepEqual(await visit(page), { kind: "login", status: "pending" });
    assert.equal(await worth(own), "login_required");
    await own.close();
  });

  for (const { name, bits } of LIES.slice(1)) {
    test(`registers nothing when ${name}, and the link is still good`, async () => {
      const person = await the.demo.addPerson(`liar-${Object.keys(bits)[0].toLowerCase()}`);
      const own = await device(the.browser);
      const page = await own.open(person.enrolment_url);
      await typePassword(page, person.password);
      await page.getByTestId("passkey").waitFor();
      await own.authenticator.tell(page, "setResponseOverrideBits", BITS(bits));
      const [status, problem] = await press(page, "/enrol/passkey");
      const expected = bits.isBadUV ? "user_verification_required" : "credential_not_usable";
      assert.deepEqual([status, problem], [422, expected]);
      await page.getByTestId("alert").filter({ hasText: /\w/ }).waitFor();
      await look(page, `lie-enrolment-${Object.keys(bits)[0]}`);
      assert.deepEqual(await visit(page), { kind: "enrol", status: "pending" });
      await own.authenticator.tell(page, "setResponseOverrideBits", BITS({}));
      await page.getByTestId("passkey").click();
      await page.getByTestId("closed-account").waitFor();
      await own.close();
    });
  }

  for (const [name, kind, flags] of [
    ["one that could not be backed up says that it can", KINDS.platform, { backupEligibility: true, backupState: true }],
    ["one that could be backed up says that it cannot", KINDS.synced, { backupEligibility: false, backupState: false }],
  ]) {
    test(`is refused when ${name}`, async () => {
      const person = await the.demo.addPerson(`flips-${flags.backupEligibility}`);
      const passkeys = await the.enrolled(person, kind);
      const own = await device(the.browser, { passkeys, kind });
      const request = await client.begin();
      const page = await own.open(request.url);
      const { credentialId } = passkeys[0];
      await own.authenticator.tell(page, "setCredentialProperties", { credentialId, ...flags });
      assert.deepEqual(await press(page), [401, "invalid_credentials"]);
      assert.equal(await worth(own), "login_required");
      await own.close();
    });
  }

  test("a counter that went backwards is written down, and the passkey still counts", async () => {
    const person = await the.demo.addPerson("copied");
    const passkeys = await the.enrolled(person);
    const own = await device(the.browser, { passkeys });
    const used = await own.open();
    await used.goto(`${the.demo.provider}/account`);
    await prove(used);
    for (let times = 0; times < 2; times += 1) {
      // Each change asks for a proof of its own.
      await used.getByTestId("add-passkey").click();
      await prove(used);
      await used.getByTestId("cancel").click();
      await used.getByTestId("account").waitFor();
    }
    const copy = { ...passkeys[0], signCount: 1 };
    await own.close();
    const thief = await device(the.browser, { passkeys: [copy] });
    const page = await thief.open(`${the.demo.provider}/account`);
    await prove(page);
    // A copy is one explanation of a counter that stands still, two windows are another (WebAuthn L3 §7.2 step 22):
    // a signal, and no proof. Where it is no copy, its owner is let in.
    await page.getByTestId("account").waitFor();
    const entries = await page.evaluate(async () => {
      const answer = await fetch("/account", { headers: { Accept: "application/json" } });
      return (await answer.json()).activity;
    });
    assert.ok(JSON.stringify(entries[0]).includes('"clone_suspected":true'), JSON.stringify(entries[0]));
    assert.ok((await secondOpinion()).clones > 0, "the second opinion saw it too");
    await look(page, "account-clone-suspected");
    await thief.close();
  });
});
