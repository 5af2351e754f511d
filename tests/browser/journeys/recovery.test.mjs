// A lost device: a password and a recovery code begin its replacement, its owner is told and may stop it.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { begin, facts, news } from "../lib/account.mjs";
import { ACME, ask, customer, prompt } from "../lib/bank.mjs";
import { device } from "../lib/browser.mjs";
import { letter } from "../lib/letters.mjs";
import { look } from "../lib/looks.mjs";
import { openAccount, prove, signIn, typePassword, visit } from "../lib/riser.mjs";
import { scene } from "../lib/scene.mjs";

describe("a lost device", () => {
  const the = scene();
  let codes; // ada's, written down while she still had her passkey
  let passkeys;
  let opens; // when the recovery that nobody cancels may be finished
  let kept; // the link to finish it

  before(async () => {
    passkeys = await the.enrolled(the.ada);
  });

  /** Types name, password and code; the page that asks what is lost. */
  async function recover(page, code) {
    await signIn(page, the.ada);
    await page.getByTestId("recovery-code").fill(code);
    await page.getByTestId("submit").click();
    await page.getByTestId("lost").first().waitFor();
  }

  /** Chooses what is lost; the link to keep. */
  async function choose(page) {
    await page.getByTestId("lost").first().check();
    await page.waitForTimeout(700); // the first half second ignores every press
    await page.getByTestId("submit").click();
    await page.getByTestId("recovery-begun").waitFor();
    return page.getByTestId("recovery-link").innerText();
  }

  test("begins long before: recovery codes are made, and shown once", async () => {
    const ada = await device(the.browser, { passkeys });
    const page = await ada.open(`${the.demo.provider}/account`);
    await prove(page);
    assert.match(await page.getByTestId("codes-left").innerText(), /You have none/);
    await begin(page, () => page.getByTestId("new-recovery-codes").click());
    await look(page, "codes-make");
    await page.waitForTimeout(700);
    await page.getByTestId("make-codes").click();
    await page.getByTestId("recovery-codes").waitFor();
    codes = await page.getByTestId("recovery-code").allInnerTexts();
    assert.equal(new Set(codes).size, 10);
    await look(page, "codes-shown");
    await page.getByTestId("continue").click();
    await news(page, /recovery codes are made/);
    assert.match(await page.getByTestId("codes-left").innerText(), /10 codes are left/);
    await letter(the.demo, the.ada, /recovery codes were made/);
    ada.quiet();
    await ada.close();
  });

  test("is what the prompt's own link is for", async () => {
    const ada = await customer(the.browser, the.demo, the.ada);
    await ask(ada.page, ACME);
    const popup = await prompt(ada);
    await popup.getByTestId("recover").click();
    await popup.getByTestId("username").waitFor();
    await look(popup, "recovery");
    assert.match(await popup.getByTestId("facts").innerText(), /password and one of your recovery codes/);
    await popup.close();
    await ada.close();
  });

  test("takes a password first, and says nothing of who has one", async () => {
    const ada = await device(the.browser);
    const page = await ada.open(`${the.demo.provider}/recovery`);
    await signIn(page, { ...the.ada, password: "not the password of ada" });
    await page.getByTestId("alert").filter({ hasText: /not right/ }).waitFor();
    await look(page, "recovery-wrong-password");
    await typePassword(page, the.ada.password);
    await page.getByTestId("recovery-code").waitFor();
    await look(page, "recovery-code");
    await page.getByTestId("recovery-code").fill("AAAA-AAAA-AAAA-AAAA");
    await page.getByTestId("submit").click();
    await page.getByTestId("alert").filter({ hasText: /\w/ }).waitFor();
    await look(page, "recovery-wrong-code");
    // As somebody types it from paper: capitals and hyphens do not matter.
    await page.getByTestId("recovery-code").fill(codes[0].toLowerCase().replaceAll("-", " "));
    await page.getByTestId("submit").click();
    await page.getByTestId("lost").first().waitFor();
    await look(page, "recovery-lost");
    const link = await choose(page);
    assert.match(link, new RegExp(`^${the.demo.provider}/grant/`));
    await look(page, "recovery-begun");
    ada.quiet();

    // It opens nothing yet, and changes nothing.
    assert.equal((await page.goto(link)).status(), 403);
    await look(page, "recovery-not-yet");
    await page.goto(`${the.demo.provider}/account`);
    assert.deepEqual(await visit(page), { kind: "login", status: "pending" }, "a recovery signs nobody in");
    await ada.close();
  });

  test("atk_su_27_the_owners_letter_cancels_it_without_a_sign_in_and_by_a_button_only", async () => {
    const told = await letter(the.demo, the.ada, /asks to replace/);
    const [link] = told.links.filter((link) => link.includes("/cancel/"));
    const reader = await device(the.browser);
    const page = await reader.open(link);
    await page.getByTestId("cancel-page").waitFor();
    await look(page, "cancel-recovery");
    await page.reload();
    await page.getByTestId("cancel-it").focus();
    await page.keyboard.press("Enter");
    await page.getByTestId("continue").waitFor();
    assert.match(await page.locator("h1").innerText(), /recovery is cancelled/);
    await look(page, "cancel-recovery-done");
    await letter(the.demo, the.ada, /recovery was cancelled/);
    assert.equal((await page.goto(link)).status(), 410);
    await page.getByTestId("error").waitFor();
    await look(page, "cancel-again");
    reader.quiet();
    await reader.close();
  });

  test("a code works once", async () => {
    const ada = await device(the.browser);
    const page = await ada.open(`${the.demo.provider}/recovery`);
    await signIn(page, the.ada);
    await page.getByTestId("recovery-code").fill(codes[0]);
    await page.getByTestId("submit").click();
    await page.getByTestId("alert").filter({ hasText: /\w/ }).waitFor();
    assert.equal(await page.getByTestId("lost").count(), 0);
    await ada.close();
  });

  test("another recovery is shown to who still has the passkey", async () => {
    const thief = await device(the.browser);
    const page = await thief.open(`${the.demo.provider}/recovery`);
    await recover(page, codes[1]);
    kept = await choose(page);
    opens = Date.now() + 60_000; // the demonstration's wait
    await thief.close();

    const ada = await device(the.browser, { passkeys });
    const account = await ada.open(`${the.demo.provider}/account`);
    await prove(account);
    await account.getByTestId("open-recovery").waitFor();
    await look(account, "account-open-recovery");
    await ada.close();
  });

  test("after the wait, the link replaces what was lost, and what replaces it counts for less", async () => {
    const ada = await device(the.browser);
    const page = await ada.open();
    await page.waitForTimeout(Math.max(0, opens - Date.now()) + 1_000);
    await page.goto(kept);
    await page.getByTestId("password").waitFor();
    await typePassword(page, the.ada.password);
    await page.getByTestId("passkey").waitFor();
    await look(page, "recovery-replace");
    await prove(page);
    await news(page, /passkey was added/);
    await letter(the.demo, the.ada, /was replaced/);
    assert.equal(await page.getByTestId("passkey-row").count(), 1);
    assert.equal((await facts(page.getByTestId("passkey-row")))["Counts for"], "Signing in; together with another factor, more");
    await look(page, "account-recovered");
    assert.equal((await page.goto(kept)).status(), 410);

    // The old one is nobody's any more, and the new one moves no money.
    const thief = await device(the.browser, { passkeys });
    const there = await thief.open(`${the.demo.provider}/account`);
    await there.getByTestId("passkey").click();
    await there.getByTestId("alert").filter({ hasText: /cannot be used/ }).waitFor();
    await thief.close();
    const customer = { ...ada, page: await ada.open(the.demo.bank) };
    await customer.page.getByTestId("sign-in").click();
    await customer.page.getByTestId("balance").waitFor();
    await ask(customer.page, ACME);
    const popup = await prompt(customer);
    assert.deepEqual(await visit(popup), { kind: "step_up", status: "failed" });
    assert.match(await popup.getByTestId("interaction").innerText(), /does not count for this yet/);
    await look(popup, "prompt-recovered-passkey");
    ada.quiet();
    await ada.close();
  });
});
