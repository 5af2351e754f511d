// Everything that may go otherwise on the way: each time the person is told, and nothing moves.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { ACME, ask, balance, confirm, customer, fill, form, nothingMoved, prompt, recent, result } from "../lib/bank.mjs";
import { look } from "../lib/looks.mjs";
import { scene } from "../lib/scene.mjs";
import { visit } from "../lib/riser.mjs";

/** A browser that blocks every popup. */
async function withoutPopups(customer) {
  await customer.context.addInitScript(() => {
    window.open = () => null;
  });
  await customer.page.reload();
  await customer.page.getByTestId("balance").waitFor();
}

describe("a refusal", () => {
  const the = scene();
  let passkeys;
  before(async () => {
    passkeys = await the.enrolled(the.ada);
  });

  test("in the prompt is shown as one, and the form stays", async () => {
    const ada = await customer(the.browser, the.demo, the.ada, { passkeys });
    const was = await balance(ada.page);
    await ask(ada.page, ACME);
    const popup = await prompt(ada);
    const closed = popup.waitForEvent("close");
    await popup.getByTestId("cancel").click();
    await closed;
    assert.match(await result(ada.page, "declined"), /declined/);
    await look(ada.page, "bank-declined");
    assert.deepEqual(await form(ada.page), ACME);
    await nothingMoved(ada.page, was);
    ada.quiet();
    await ada.close();
  });

  test("by closing the popup counts as one", async () => {
    const ada = await customer(the.browser, the.demo, the.ada, { passkeys });
    const was = await balance(ada.page);
    await ask(ada.page, ACME);
    const popup = await prompt(ada);
    await popup.close();
    await result(ada.page, "declined");
    await nothingMoved(ada.page, was);
    await ada.close();
  });

  test("in the bank's own dialog closes the popup", async () => {
    const ada = await customer(the.browser, the.demo, the.ada, { passkeys });
    const was = await balance(ada.page);
    await ask(ada.page, ACME);
    const popup = await prompt(ada);
    const closed = popup.waitForEvent("close");
    await ada.page.getByTestId("cancel-confirm").click();
    await closed;
    await result(ada.page, "declined");
    await nothingMoved(ada.page, was);
    await ada.close();
  });

  test("may be followed by another try", async () => {
    const ada = await customer(the.browser, the.demo, the.ada, { passkeys });
    const was = await balance(ada.page);
    await ask(ada.page, ACME);
    await (await prompt(ada)).close();
    await result(ada.page, "declined");
    await ada.page.getByTestId("submit-transfer").click();
    await ada.page.getByTestId("confirm-dialog").waitFor();
    await confirm(await prompt(ada));
    await result(ada.page, "sent");
    assert.equal(await balance(ada.page), was - 123_400);
    assert.equal((await recent(ada.page)).length, 1);
    await ada.close();
  });
});

describe("a person without a passkey", () => {
  const the = scene();

  test("is told what is missing and how to get it", async () => {
    const grace = await customer(the.browser, the.demo, the.grace);
    const was = await balance(grace.page);
    await ask(grace.page, ACME);
    const popup = await prompt(grace);
    assert.deepEqual(await visit(popup), { kind: "step_up", status: "failed" });
    assert.match(await popup.getByTestId("interaction").innerText(), /passkey[^]*enrolment link/);
    assert.equal(await popup.getByTestId("password").count(), 0, "a password is not stronger");
    await look(popup, "prompt-no-passkey");
    const closed = popup.waitForEvent("close");
    await popup.getByTestId("continue").click();
    await closed;
    assert.match(await result(grace.page, "error"), /needs a passkey[^]*enrolment link/);
    await look(grace.page, "bank-no-passkey");
    await nothingMoved(grace.page, was);
    grace.quiet();
    await grace.close();
  });

  test("gets one by a link, and then the same transfer goes through", async () => {
    const grant = ["grant", "create", "--user", "grace", "--ceiling", "phr", "--json"];
    const { url } = await the.demo.riser(grant);
    const passkeys = await the.enrolled({ ...the.grace, enrolment_url: url });
    const grace = await customer(the.browser, the.demo, the.grace, { passkeys });
    await ask(grace.page, ACME);
    await confirm(await prompt(grace));
    await result(grace.page, "sent");
    await grace.close();
  });
});

describe("another person's passkey", () => {
  const the = scene();
  let hers;
  let his;
  before(async () => {
    hers = await the.enrolled(the.ada);
    his = await the.enrolled(await the.demo.addPerson("mallory"));
  });

  test("is not taken by the browser for ada's prompt", async () => {
    const ada = await customer(the.browser, the.demo, the.ada, { passkeys: his });
    const was = await balance(ada.page);
    await ask(ada.page, ACME);
    const popup = await prompt(ada);
    await popup.getByTestId("passkey").click();
    await popup.getByTestId("alert").filter({ hasText: /\w/ }).waitFor();
    assert.deepEqual(await visit(popup), { kind: "step_up", status: "pending" });
    await look(popup, "prompt-dismissed");
    await popup.close();
    await result(ada.page, "declined");
    await nothingMoved(ada.page, was);
    await ada.close();
  });

  // A page that leaves the list of ada's passkeys out lets the browser offer any of this site's.
  test("atk_su_03_su_05_another_persons_passkey_is_refused_when_the_browser_was_made_to_offer_it", async () => {
    const ada = await customer(the.browser, the.demo, the.ada, { passkeys: his });
    const was = await balance(ada.page);
    await ada.context.route("**/passkey/options", async (route) => {
      const answer = await route.fetch();
      const { publicKey } = await answer.json();
      await route.fulfill({ response: answer, json: { publicKey: { ...publicKey, allowCredentials: [] } } });
    });
    await ask(ada.page, ACME);
    const popup = await prompt(ada);
    const answered = popup.waitForResponse((response) => response.url().endsWith("/passkey"));
    await popup.getByTestId("passkey").click();
    const response = await answered;
    assert.equal(response.status(), 422);
    assert.equal((await response.json()).type, `${the.demo.provider}/problems/wrong_user`);
    const alert = popup.getByTestId("alert").filter({ hasText: /another person/ });
    await alert.waitFor();
    assert.deepEqual(await visit(popup), { kind: "step_up", status: "pending" });
    await look(popup, "prompt-wrong-person");
    await popup.close();
    await result(ada.page, "declined");
    await nothingMoved(ada.page, was);
    await ada.close();
  });

  test("does not stop ada's own from working afterwards, in the same visit", async () => {
    const ada = await customer(the.browser, the.demo, the.ada, { passkeys: [...his, ...hers] });
    let first = true;
    await ada.context.route("**/passkey/options", async (route) => {
      const answer = await route.fetch();
      const { publicKey } = await answer.json();
      const only = first ? his : hers;
      first = false;
      const allowCredentials = only.map(({ credentialId }) => ({
        type: "public-key",
        id: Buffer.from(credentialId, "base64").toString("base64url"),
      }));
      await route.fulfill({ response: answer, json: { publicKey: { ...publicKey, allowCredentials } } });
    });
    await ask(ada.page, ACME);
    const popup = await prompt(ada);
    await popup.getByTestId("passkey").click();
    await popup.getByTestId("alert").filter({ hasText: /another person/ }).waitFor();
    await confirm(popup);
    await result(ada.page, "sent");
    assert.equal((await recent(ada.page)).length, 1);
    await ada.close();
  });
});

describe("a browser that blocks popups", () => {
  const the = scene();
  let passkeys;
  before(async () => {
    passkeys = await the.enrolled(the.ada);
  });

  /** To the provider in place of the bank's page. */
  async function away(page) {
    await page.getByTestId("confirm-passkey").click();
    await page.getByTestId("interaction").waitFor();
  }

  async function back(page) {
    await page.getByTestId("passkey").click();
    await page.getByTestId("complete-transfer").waitFor();
  }

  test("goes there and back; the form is filled, and the person sends it", async () => {
    const ada = await customer(the.browser, the.demo, the.ada, { passkeys });
    await withoutPopups(ada);
    const was = await balance(ada.page);
    await ask(ada.page, ACME);
    await away(ada.page);
    await back(ada.page);
    assert.deepEqual(await form(ada.page), ACME);
    assert.equal(await balance(ada.page), was, "nothing is sent before the person says so");
    await look(ada.page, "bank-back-by-redirect");
    await ada.page.getByTestId("complete-transfer").click();
    await result(ada.page, "sent");
    assert.equal(await balance(ada.page), was - 123_400);
    assert.equal((await recent(ada.page)).length, 1);
    ada.quiet();
    await ada.close();
  });

  test("asks again when the payee is changed after the confirmation", async () => {
    const ada = await customer(the.browser, the.demo, the.ada, { passkeys });
    await withoutPopups(ada);
    const was = await balance(ada.page);
    const had = (await recent(ada.page)).length;
    await ask(ada.page, ACME);
    await away(ada.page);
    await back(ada.page);
    await fill(ada.page, { ...ACME, payee: "Mallory Ltd" });
    await ada.page.getByTestId("submit-transfer").click();
    await ada.page.getByTestId("confirm-dialog").waitFor();
    assert.match(await ada.page.getByTestId("confirm-details").innerText(), /Mallory Ltd/);
    await look(ada.page, "bank-asks-again");
    assert.equal((await recent(ada.page)).length, had);
    assert.equal(await balance(ada.page), was);
    await ada.close();
  });

  test("brings a refusal back as one", async () => {
    const ada = await customer(the.browser, the.demo, the.ada, { passkeys });
    await withoutPopups(ada);
    const was = await balance(ada.page);
    await ask(ada.page, ACME);
    await away(ada.page);
    await ada.page.getByTestId("cancel").click();
    await result(ada.page, "declined");
    assert.deepEqual(await form(ada.page), ACME);
    assert.equal(await balance(ada.page), was);
    await ada.close();
  });
});

describe("a second tab", () => {
  const the = scene();
  let passkeys;
  before(async () => {
    passkeys = await the.enrolled(the.ada);
  });

  test("atk_su_09_su_17_a_second_tab_has_its_own_prompt_and_releases_its_own_transfer_alone", async () => {
    const ada = await customer(the.browser, the.demo, the.ada, { passkeys });
    const was = await balance(ada.page);
    const other = { ...ada, page: await ada.open(the.demo.bank) };
    const SMALL = { ...ACME, payee: "Baker", amount: "10.00" };
    await ask(ada.page, ACME);
    await ask(other.page, SMALL);
    const first = await prompt(ada);
    const second = await prompt(other);
    assert.match(await first.getByTestId("transaction").innerText(), /ACME GmbH/);
    assert.match(await second.getByTestId("transaction").innerText(), /Baker/);
    await confirm(second);
    await result(other.page, "sent");
    assert.equal(await balance(other.page), was - 1_000);
    assert.ok(await ada.page.getByTestId("confirm-dialog").isVisible(), "the first still waits");
    assert.equal(first.isClosed(), false);
    await confirm(first);
    await result(ada.page, "sent");
    assert.equal(await balance(ada.page), was - 1_000 - 123_400);
    assert.equal((await recent(ada.page)).length, 2);
    ada.quiet();
    await ada.close();
  });
});
