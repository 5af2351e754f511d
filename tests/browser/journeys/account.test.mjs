// A person's own account: a second device, names, removal, sessions, and why they were asked.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { activity, begin, facts, news, row } from "../lib/account.mjs";
import { ACME, ask, confirm, customer, prompt, result } from "../lib/bank.mjs";
import { Authenticator, KINDS, device } from "../lib/browser.mjs";
import { letter } from "../lib/letters.mjs";
import { look } from "../lib/looks.mjs";
import { prove, typePassword, visit } from "../lib/riser.mjs";
import { scene } from "../lib/scene.mjs";

describe("an account", () => {
  const the = scene();
  let ada; // on the device with her first passkey, signed in at the bank, where she has just sent money
  let page;
  let first;
  let phone;

  before(async () => {
    const passkeys = await the.enrolled(the.ada);
    ada = await customer(the.browser, the.demo, the.ada, { passkeys });
    first = ada.authenticator;
    await ask(ada.page, ACME);
    await confirm(await prompt(ada));
    await result(ada.page, "sent");
    page = await ada.open();
  });

  test("says why one was asked, for a transfer just made", async () => {
    await page.goto(`${the.demo.provider}/account`);
    // The transfer's proof is good for the account too: nobody is asked twice.
    await page.getByTestId("account").waitFor();
    const [latest] = await activity(page);
    assert.equal(latest[0], "You confirmed that it’s you");
    const said = latest.join(" ");
    assert.match(said, /Asked by Larchmont Bank/);
    assert.match(said, /Asked for a passkey/);
    assert.match(said, /Approved A payment/);
    assert.match(said, /Used Passkey/);
    await look(page, "account-after-transfer");
  });

  test("takes a second device, once the first has confirmed it", async () => {
    await page.getByTestId("add-passkey").click();
    assert.deepEqual(await visit(page), { kind: "step_up", status: "pending" });
    assert.match(await page.getByTestId("interaction").innerText(), /Add a passkey[^]*First confirm that it’s you/);
    await look(page, "account-add-confirm");
    await prove(page);
    assert.deepEqual(await visit(page), { kind: "enrol", status: "pending" });
    await look(page, "account-add-passkey");

    // The device that has one already says so, and nothing is added.
    await page.getByTestId("passkey").click();
    await page.getByTestId("alert").filter({ hasText: /already holds a passkey/ }).waitFor();
    await look(page, "account-add-already");

    phone = new Authenticator(KINDS.synced);
    await ada.take(phone);
    await prove(page);
    await news(page, /passkey was added/);
    assert.equal(phone.passkeys.length, 1);
    assert.equal(await page.getByTestId("passkey-row").count(), 2);
    const told = await letter(the.demo, the.ada, /^New on your account: passkey “Synced/);
    assert.match(told.text, /added by somebody who was signed in as you/);
    assert.deepEqual(told.links.filter((link) => link.includes("/cancel/")), []);
  });

  test("says of each what it is, where it is kept and what it counts for", async () => {
    const all = page.getByTestId("passkey-row");
    const [old, fresh] = [await facts(all.nth(0)), await facts(all.nth(1))];
    assert.equal(old.Kept, "Only on this one device");
    assert.equal(fresh.Kept, "Synced between your devices");
    for (const one of [old, fresh]) assert.equal(one["Counts for"], "Everything except what needs a hardware key");
    assert.equal(fresh["Last used"], "Never");
    await look(page, "account-two-passkeys");
  });

  test("the new one confirms what the old one did", async () => {
    await ask(ada.page, { ...ACME, amount: "1.00" });
    await confirm(await prompt(ada));
    await result(ada.page, "sent");
  });

  test("a rename is confirmed, by keyboard alone, and told", async () => {
    await page.goto(`${the.demo.provider}/account`);
    const fresh = page.getByTestId("passkey-row").nth(1);
    await fresh.getByTestId("rename-open").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type("Ada’s phone <b>");
    await look(page, "account-rename");
    await page.keyboard.press("Enter");
    await page.getByTestId("passkey").waitFor();
    assert.match(await page.locator("h1").innerText(), /^Rename “.*” to “Ada’s phone <b>”$/);
    await look(page, "account-rename-confirm");
    await page.getByTestId("passkey").focus();
    await page.waitForTimeout(700); // the first half second ignores every press
    await page.keyboard.press("Enter");
    await news(page, /new name is saved/);
    await row(page, "Ada’s phone <b>").waitFor();
    await letter(the.demo, the.ada, /is now called “Ada’s phone <b>”/);
  });

  test("a change that is cancelled changes nothing", async () => {
    await row(page, "Ada’s phone <b>").getByTestId("remove").click();
    await page.getByTestId("passkey").waitFor();
    await page.getByTestId("cancel").click();
    await page.getByTestId("account").waitFor();
    assert.equal(await page.getByTestId("passkey-row").count(), 2);
  });

  test("lists where one is signed in, and ends what one does not know", async () => {
    const other = await device(the.browser, { passkeys: first.passkeys });
    const elsewhere = await other.open();
    await elsewhere.goto(`${the.demo.provider}/account`);
    await prove(elsewhere);
    await elsewhere.getByTestId("account").waitFor();

    await page.goto(`${the.demo.provider}/account`);
    const rows = page.getByTestId("session-row");
    const had = await rows.count();
    assert.ok(had >= 2);
    assert.equal(await page.getByTestId("this-session").count(), 1);
    await look(page, "account-sessions");
    const newest = rows.filter({ has: page.getByTestId("end-session") }).first();
    assert.match(await newest.innerText(), /Chrom/);
    // All that are not this one.
    while ((await page.getByTestId("end-session").count()) > 0) {
      await page.getByTestId("end-session").first().click();
      await news(page, /session was ended/);
    }
    assert.equal(await rows.count(), 1);
    await elsewhere.reload();
    await elsewhere.getByTestId("interaction").waitFor();
    assert.deepEqual(await visit(elsewhere), { kind: "login", status: "pending" });
    await other.close();
  });

  test("a removal ends the other sessions, not this one, and what is removed is of no use", async () => {
    const other = await device(the.browser, { passkeys: first.passkeys });
    const elsewhere = await other.open(`${the.demo.provider}/account`);
    await prove(elsewhere);
    await elsewhere.getByTestId("account").waitFor();

    const gone = phone.passkeys;
    await ada.take(first);
    await page.goto(`${the.demo.provider}/account`);
    await row(page, "Ada’s phone <b>").getByTestId("remove").click();
    await page.getByTestId("passkey").waitFor();
    await look(page, "account-remove-confirm");
    await prove(page);
    await news(page, /was removed/);
    assert.equal(await page.getByTestId("passkey-row").count(), 1);
    await look(page, "account-removed");
    await letter(the.demo, the.ada, /^Removed from your account/);

    await elsewhere.reload();
    assert.deepEqual(await visit(elsewhere), { kind: "login", status: "pending" });
    await other.close();

    const lost = await device(the.browser, { passkeys: gone });
    const there = await lost.open(the.demo.bank);
    await there.getByTestId("sign-in").click();
    await there.getByTestId("passkey").click();
    await there.getByTestId("alert").filter({ hasText: /cannot be used/ }).waitFor();
    await look(there, "sign-in-removed-passkey");
    await lost.close();
  });

  test("without a passkey, the password stays", async () => {
    const heidi = await the.demo.addPerson("heidi");
    const passkeys = await the.enrolled(heidi);
    const own = await device(the.browser, { passkeys });
    const page = await own.open(`${the.demo.provider}/account`);
    await prove(page);
    await page.getByTestId("account").waitFor();
    // A password is left besides, so the passkey may go; then the password is all there is.
    await row(page, "Passkey of one device").getByTestId("remove").click();
    await prove(page);
    await news(page, /was removed/);
    // What this session stood on is gone with it: it holds nothing that opens an account.
    await look(page, "account-closed-by-removal");
    await page.getByTestId("open-account").click();
    await typePassword(page, heidi.password);
    await page.getByTestId("account").waitFor();
    assert.equal(await page.getByTestId("remove").count(), 0);
    assert.equal(await page.locator("[data-factor]").count(), 1);
    await look(page, "account-password-only");
    await own.close();
  });

  test("ends with a sign-out", async () => {
    await page.goto(`${the.demo.provider}/account`);
    await page.getByTestId("sign-out").click();
    await page.getByTestId("home").waitFor();
    await page.goto(`${the.demo.provider}/account`);
    assert.deepEqual(await visit(page), { kind: "login", status: "pending" });
    ada.quiet();
    await ada.close();
  });
});
