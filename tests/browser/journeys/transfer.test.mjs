// The main job: a signed-in person steps up with a passkey, and the wire transfer goes through.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { ACME, ask, balance, confirm, customer, form, prompt, recent, result } from "../lib/bank.mjs";
import { device } from "../lib/browser.mjs";
import { look, picture } from "../lib/looks.mjs";
import { scene } from "../lib/scene.mjs";
import { signIn, transaction, visit } from "../lib/riser.mjs";

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const CENTS = 123_400;

const cookie = async (page, url, name) => (await page.context().cookies(url)).find((found) => found.name === name)?.value;

describe("a wire transfer", () => {
  const the = scene();
  let passkeys;
  before(async () => {
    passkeys = await the.enrolled(the.ada);
  });

  test("is confirmed by a passkey in a popup, and the money moves once", async () => {
    const ada = await device(the.browser, { passkeys });
    const page = await ada.open(the.demo.bank);
    await look(page, "bank-welcome");
    await page.getByTestId("sign-in").click();
    assert.deepEqual(await visit(page), { kind: "login", status: "pending" });
    await signIn(page, the.ada);

    // Signing in and reading the balance need no step-up.
    const before = await balance(page);
    await look(page, "bank-account");
    const session = await cookie(page, the.demo.bank, "bank_session");
    const raised = await cookie(page, the.demo.provider, "riser_session");

    await ask(page, ACME);
    await look(page, "bank-dialog");
    await page.screenshot({ path: picture("bank"), clip: { x: 120, y: 0, width: 1040, height: 760 } });
    const popup = await prompt({ ...ada, page });
    assert.deepEqual(await visit(popup), { kind: "step_up", status: "pending" });
    assert.deepEqual(await transaction(popup), [
      { field: "amount", text: "Amount\nEUR 1,234.00" },
      { field: "payee", text: "To\nACME GmbH" },
      { field: "other", text: "Account\nDE89 3704 0044 0532 0130 00" },
      { field: "other", text: "Reference\nInvoice 7" },
    ]);
    assert.match(await popup.getByTestId("person").innerText(), /ada/);
    await popup.screenshot({ path: picture("popup") });
    await look(popup, "prompt");
    assert.deepEqual(await form(page), ACME, "the form is where it was");
    await confirm(popup);

    assert.match(await result(page, "sent"), /1,234\.00 sent to ACME GmbH/);
    assert.equal(await balance(page), before - CENTS);
    await look(page, "bank-sent");
    assert.equal((await recent(page)).length, 1);
    assert.equal(await balance(page), before - CENTS, "and so says the bank's database");
    assert.equal(await cookie(page, the.demo.bank, "bank_session"), session, "the bank's session is as it was");
    assert.notEqual(await cookie(page, the.demo.provider, "riser_session"), raised, "Riser's rose, under a new value");
    ada.quiet();
    await ada.close();
  });

  test("on a phone, by touch; the next one asks again", async () => {
    const ada = await customer(the.browser, the.demo, the.ada, { passkeys, ...PHONE });
    const before = await balance(ada.page);
    const had = (await recent(ada.page)).length;
    for (const round of [1, 2]) {
      await ask(ada.page, ACME);
      const popup = await ada.popup(ada.page, () => ada.page.getByTestId("confirm-passkey").tap());
      const closed = popup.waitForEvent("close");
      await popup.getByTestId("passkey").tap();
      await closed;
      await result(ada.page, "sent");
      assert.equal(await balance(ada.page), before - round * CENTS);
      assert.equal((await recent(ada.page)).length, had + round);
    }
    ada.quiet();
    await ada.close();
  });

  test("by keyboard alone", async () => {
    const ada = await customer(the.browser, the.demo, the.ada, { passkeys });
    const before = await balance(ada.page);
    await ada.page.getByTestId("payee").focus();
    for (const field of ["payee", "iban", "amount", "reference"]) {
      await ada.page.keyboard.type(ACME[field]);
      await ada.page.keyboard.press("Tab");
    }
    await ada.page.keyboard.press("Enter");
    await ada.page.getByTestId("confirm-dialog").waitFor();
    const popup = await ada.popup(ada.page, () => ada.page.keyboard.press("Enter"));
    await popup.getByTestId("passkey").focus();
    await popup.waitForTimeout(700); // the first half second of a prompt ignores every press
    const closed = popup.waitForEvent("close");
    await popup.keyboard.press("Enter");
    await closed;
    await result(ada.page, "sent");
    assert.equal(await balance(ada.page), before - CENTS);
    await ada.close();
  });

  test("atk_su_18_the_same_request_again_with_its_approval_or_without_moves_nothing_more", async () => {
    const ada = await customer(the.browser, the.demo, the.ada, { passkeys });
    const bodies = [];
    ada.page.on("request", (request) => {
      if (request.method() === "POST" && request.url().endsWith("/api/transfers")) bodies.push(request.postData());
    });
    await ask(ada.page, ACME);
    await confirm(await prompt(ada));
    await result(ada.page, "sent");
    const after = await balance(ada.page);
    const had = (await recent(ada.page)).length;
    assert.equal(bodies.length, 2);
    assert.equal(bodies[0], bodies[1], "the page sent its own pending request again, unchanged");
    const again = await ada.page.evaluate(async (body) => {
      const headers = {
        "Content-Type": "application/json",
        "X-CSRF-Token": document.querySelector('meta[name="csrf-token"]').content,
      };
      const send = (body) => fetch("/api/transfers", { method: "POST", headers, body }).then((answer) => answer.status);
      const fresh = JSON.stringify({ ...JSON.parse(body), idempotency_key: crypto.randomUUID() });
      const other = JSON.stringify({ ...JSON.parse(body), payee: "Mallory" });
      return { same: await send(body), fresh: await send(fresh), other: await send(other) };
    }, bodies[1]);
    // Replayed; challenged, because an approval serves once; and refused, because the key is another request's.
    assert.deepEqual(again, { same: 200, fresh: 401, other: 409 });
    assert.equal((await recent(ada.page)).length, had);
    assert.equal(await balance(ada.page), after);
    await ada.close();
  });

  test("atk_wb_05_what_is_typed_is_what_is_shown_and_nothing_else", async () => {
    const ada = await customer(the.browser, the.demo, the.ada, { passkeys });
    const payee = `<img src=x onerror=alert(1)> & "Söhne" 'x'`;
    ada.page.on("dialog", () => assert.fail("a script ran"));
    await ask(ada.page, { ...ACME, payee });
    const popup = await prompt(ada);
    assert.equal((await transaction(popup))[1].text, `To\n${payee}`);
    await confirm(popup);
    await result(ada.page, "sent");
    assert.ok((await recent(ada.page))[0].includes(payee));
    ada.quiet();
    await ada.close();
  });
});
