import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ACME, ask, balance, confirm, customer, prompt, recent, result } from "../lib/bank.mjs";
import { device } from "../lib/browser.mjs";
import { look } from "../lib/looks.mjs";
import { scene } from "../lib/scene.mjs";
import { signIn, typePassword } from "../lib/riser.mjs";

describe("signing in at the bank", () => {
  const the = scene();

  test("by password, without JavaScript", async () => {
    const grace = await customer(the.browser, the.demo, the.grace, { javaScriptEnabled: false });
    assert.ok((await balance(grace.page)) > 0);
    assert.match(await grace.page.locator("main").innerText(), /need JavaScript/);
    await grace.page.getByTestId("sign-out").click();
    await grace.page.getByTestId("sign-in").waitFor();
    await grace.close();
  });

  test("with a wrong password says so, and the right one then works", async () => {
    const grace = await device(the.browser);
    const page = await grace.open(the.demo.bank);
    await page.getByTestId("sign-in").click();
    await signIn(page, { username: "grace", password: "not the password of grace" });
    await page.getByTestId("alert").filter({ hasText: /\w/ }).waitFor();
    await look(page, "sign-in-wrong-password");
    await typePassword(page, the.grace.password);
    await page.getByTestId("balance").waitFor();
    grace.quiet();
    await grace.close();
  });

  test("by passkey alone, without a name, serves the next transfer's prompt only by another tap", async () => {
    const passkeys = await the.enrolled(the.ada);
    const ada = await device(the.browser, { passkeys });
    const page = await ada.open(the.demo.bank);
    await page.getByTestId("sign-in").click();
    await page.getByTestId("passkey").click();
    await page.getByTestId("balance").waitFor();
    await ask(page, ACME);
    await confirm(await prompt({ ...ada, page }));
    await result(page, "sent");
    await ada.close();
  });

  test("survives a restart of everything, and so does what was done", async () => {
    const other = await the.demo.addPerson("hedy");
    const passkeys = await the.enrolled(other);
    const hedy = await customer(the.browser, the.demo, other, { passkeys });
    const was = await balance(hedy.page);
    await ask(hedy.page, ACME);
    await confirm(await prompt(hedy));
    await result(hedy.page, "sent");

    await the.demo.restart();
    assert.equal((await recent(hedy.page)).length, 1);
    assert.equal(await balance(hedy.page), was - 123_400);
    await ask(hedy.page, { ...ACME, amount: "1.00" });
    await confirm(await prompt(hedy));
    await result(hedy.page, "sent");
    assert.equal(await balance(hedy.page), was - 123_500);
    const ada = the.demo.people.find((person) => person.username === "ada");
    assert.equal(ada.enrolment_url, null, "who has a passkey needs no first link");
    await hedy.close();
  });
});
