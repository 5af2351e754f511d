// The payroll, in JavaScript with clients/js: a payslip asks for nothing, another account for the salary asks for exactly
// that account, and every loop ends after one round.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { confirm } from "../lib/bank.mjs";
import { device } from "../lib/browser.mjs";
import { look, picture } from "../lib/looks.mjs";
import { FIRST, NEW, account, ask, changes, employee, form, prompt, result } from "../lib/payroll.mjs";
import { scene } from "../lib/scene.mjs";
import { signIn, transaction, visit } from "../lib/riser.mjs";

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

/** The account as it was when the person came first; every describe has data of its own. */
async function unchanged(page, sent) {
  assert.ok(sent.every(({ status }) => status === 401), "nothing was done");
  assert.equal(await account(page), FIRST);
}

describe("the payroll", () => {
  const the = scene();
  let passkeys;
  before(async () => {
    assert.ok(the.demo.payroll, "riser demo started the payroll: npm --prefix demo/payroll ci");
    passkeys = await the.enrolled(the.ada);
  });

  test("shows a payslip without a prompt", async () => {
    const ada = await device(the.browser, { passkeys });
    const page = await ada.open(the.demo.payroll);
    await look(page, "payroll-welcome");
    await page.getByTestId("sign-in").click();
    assert.deepEqual(await visit(page), { kind: "login", status: "pending" });
    await signIn(page, the.ada);
    await page.getByTestId("payslip-2026-10").click();
    assert.match(await page.getByTestId("payslip").innerText(), /Paid out/);
    await look(page, "payroll-payslip");
    ada.quiet();
    await ada.close();
  });

  test("asks for the new account, shows what is signed, and goes on in exactly one round", async () => {
    const ada = await employee(the.browser, the.demo, the.ada, { passkeys });
    const sent = changes(ada.page);
    await look(ada.page, "payroll-home");
    await ask(ada.page, NEW);
    await look(ada.page, "payroll-dialog");
    assert.match(await ada.page.getByTestId("step-up-dialog").innerText(), /DE89 3704 0044 0532 0130 00/);
    const popup = await prompt(ada);
    assert.deepEqual(await visit(popup), { kind: "step_up", status: "pending" });
    const rows = (await transaction(popup)).map(({ text }) => text);
    assert.deepEqual(rows, [
      "Action\nchange-salary-account",
      "On\nemployee/1001",
      "Holder\nAda Lovelace",
      "New account\nDE89 3704 0044 0532 0130 00",
    ]);
    await popup.screenshot({ path: picture("payroll-prompt") });
    assert.deepEqual(await form(ada.page), NEW, "the form is where it was");
    await confirm(popup);
    assert.match(await result(ada.page, "done"), /DE89 3704 0044 0532 0130 00/);
    await look(ada.page, "payroll-done");
    assert.deepEqual(sent.map(({ status }) => status), [401, 200]);
    assert.equal(sent[0].body, sent[1].body, "the page sent its own request again, unchanged");
    assert.equal(await account(ada.page), NEW.iban, "and so says the payroll's file");
    ada.quiet();
    await ada.close();
  });

  test("atk_su_18_each_change_asks_anew_and_an_approval_serves_no_other_account", async () => {
    const ada = await employee(the.browser, the.demo, the.ada, { passkeys });
    await ask(ada.page, NEW);
    await confirm(await prompt(ada));
    await result(ada.page, "done");
    const again = await ada.page.evaluate(async ({ holder, iban }) => {
      const csrf = document.querySelector('meta[name="csrf-token"]').content;
      const send = (iban, headers) =>
        fetch("/api/salary-account", {
          method: "PUT",
          headers: { "Content-Type": "application/json", ...headers },
          body: JSON.stringify({ holder, iban }),
        }).then(({ status }) => status);
      const own = { "X-CSRF-Token": csrf };
      return { same: await send(iban, own), other: await send("GB29NWBK60161331926819", own), foreign: await send(iban, {}) };
    }, NEW);
    assert.deepEqual(again, { same: 401, other: 401, foreign: 403 });
    assert.equal(await account(ada.page), NEW.iban);
    await ada.close();
  });

  test("on a phone, by touch, and by keyboard on the dialog", async () => {
    const ada = await employee(the.browser, the.demo, the.ada, { passkeys, ...PHONE });
    await ask(ada.page, NEW);
    assert.equal(await ada.page.evaluate(() => document.activeElement?.getAttribute("data-testid")), "step-up-confirm");
    const popup = await ada.popup(ada.page, () => ada.page.getByTestId("step-up-confirm").tap());
    await look(popup, "payroll-prompt-phone");
    await confirm(popup);
    await result(ada.page, "done");
    ada.quiet();
    await ada.close();
  });
});

describe("a refusal at the payroll", () => {
  const the = scene();
  let passkeys;
  before(async () => {
    passkeys = await the.enrolled(the.ada);
  });

  for (const [how, act] of [
    ["in the prompt", async (popup) => popup.getByTestId("cancel").click()],
    ["by closing the window", async (popup) => popup.close()],
    ["in the payroll's own dialog", async (_popup, page) => page.getByTestId("step-up-cancel").click()],
    ["by Escape", async (_popup, page) => page.bringToFront().then(() => page.keyboard.press("Escape"))],
  ]) {
    test(`${how} changes nothing, and the form stays`, async () => {
      const ada = await employee(the.browser, the.demo, the.ada, { passkeys });
      const sent = changes(ada.page);
      await ask(ada.page, NEW);
      const popup = await prompt(ada);
      const closed = popup.isClosed() ? undefined : popup.waitForEvent("close");
      await act(popup, ada.page);
      await closed;
      assert.match(await result(ada.page, "declined"), /declined[^]*Nothing was changed/);
      assert.deepEqual(await form(ada.page), NEW);
      assert.equal(sent.length, 1, "a refused request is not sent again");
      await unchanged(ada.page, sent);
      ada.quiet();
      await ada.close();
    });
  }

  test("for want of a passkey is told as one", async () => {
    const grace = await employee(the.browser, the.demo, the.grace);
    const sent = changes(grace.page);
    await ask(grace.page, NEW);
    const popup = await prompt(grace);
    assert.deepEqual(await visit(popup), { kind: "step_up", status: "failed" });
    const closed = popup.waitForEvent("close");
    await popup.getByTestId("continue").click();
    await closed;
    assert.match(await result(grace.page, "error"), /passkey[^]*enrolment link/);
    await look(grace.page, "payroll-no-passkey");
    await unchanged(grace.page, sent);
    grace.quiet();
    await grace.close();
  });

  test("of a field is shown beside it before anything is asked", async () => {
    const ada = await employee(the.browser, the.demo, the.ada, { passkeys });
    await ada.page.getByTestId("new-holder").fill(NEW.holder);
    await ada.page.getByTestId("new-iban").fill("DE00 3704 0044 0532 0130 00");
    await ada.page.getByTestId("submit-change").click();
    await result(ada.page, "error");
    assert.equal(await ada.page.getByTestId("step-up-dialog").count(), 0);
    assert.equal(await ada.page.getByTestId("new-iban").getAttribute("aria-invalid"), "true");
    await look(ada.page, "payroll-bad-iban");
    await ada.close();
  });
});

describe("a browser that blocks the payroll's popup", () => {
  const the = scene();
  let passkeys;
  before(async () => {
    passkeys = await the.enrolled(the.ada);
  });

  /** An employee whose browser opens no windows, at the provider in place of the payroll's page. */
  async function away() {
    const ada = await employee(the.browser, the.demo, the.ada, { passkeys });
    await ada.context.addInitScript(() => {
      window.open = () => null;
    });
    await ada.page.reload();
    await ask(ada.page, NEW);
    await ada.page.getByTestId("step-up-confirm").click();
    await ada.page.getByTestId("interaction").waitFor();
    return ada;
  }

  test("goes there and back; a refusal comes back as one", async () => {
    const ada = await away();
    await ada.page.getByTestId("cancel").click();
    await result(ada.page, "declined");
    assert.deepEqual(await form(ada.page), NEW);
    assert.equal(await account(ada.page), FIRST);
    await ada.close();
  });

  test("goes there and back; the form is filled, and the person sends it", async () => {
    const ada = await away();
    await ada.page.getByTestId("passkey").click();
    await result(ada.page, "approved");
    assert.deepEqual(await form(ada.page), NEW);
    assert.equal(await ada.page.getByTestId("account").innerText(), FIRST, "nothing is sent before the person says so");
    await look(ada.page, "payroll-back-by-redirect");
    await ada.page.getByTestId("submit-change").click();
    await result(ada.page, "done");
    assert.equal(await account(ada.page), NEW.iban);
    ada.quiet();
    await ada.close();
  });
});
