// Who has a password only adds a passkey themselves: it counts for more after a while, which their letter can stop.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { facts, news } from "../lib/account.mjs";
import { device } from "../lib/browser.mjs";
import { answer, playground } from "../lib/client.mjs";
import { letter } from "../lib/letters.mjs";
import { look } from "../lib/looks.mjs";
import { prove, signIn, typePassword, visit } from "../lib/riser.mjs";
import { scene } from "../lib/scene.mjs";

describe("a passkey that a password let in", () => {
  const the = scene({
    server: async () => ({ enrolment: 'cooling_off = "24h"\nraises_to = "phr"' }),
    people: { ada: "phr", grace: "phr" },
  });
  let client;
  before(async () => {
    client = await playground(the.demo);
  });

  /** Signs in with the password, asks for a passkey's level, and is told what is missing; that page. */
  async function lacking(own, person) {
    const first = await client.begin();
    const signedIn = await own.open(first.url);
    await answer(signedIn, () => signIn(signedIn, person));
    await signedIn.close();
    const request = await client.begin({ acr_values: "phr" });
    const page = await own.open(request.url);
    assert.deepEqual(await visit(page), { kind: "step_up", status: "failed" });
    return page;
  }

  /** Adds a passkey on the account's page after the password. */
  async function add(page, person) {
    await page.getByTestId("add-passkey").click();
    await typePassword(page, person.password);
    await prove(page);
    await news(page, /passkey was added/);
  }

  test("is offered where one is missing, and added by its owner", async () => {
    const ada = await device(the.browser);
    const page = await lacking(ada, the.ada);
    assert.match(await page.getByTestId("interaction").innerText(), /add one yourself in your account[^]*waiting time/);
    await look(page, "cooling-missing");
    await page.getByTestId("cure").click();
    await page.getByTestId("account").waitFor();
    await add(page, the.ada);
    const fresh = page.getByTestId("passkey-row");
    assert.match(await fresh.getByTestId("waiting").innerText(), /From .* on it also counts where a passkey is asked for/);
    assert.equal((await facts(fresh))["Counts for"], "Signing in; together with another factor, more");
    await look(page, "account-waiting");
    ada.quiet();
    await ada.close();
  });

  test("does not count yet, and the prompt says from when on it will", async () => {
    const ada = await device(the.browser);
    const page = await lacking(ada, the.ada);
    const said = await page.getByTestId("interaction").innerText();
    assert.match(said, /“Passkey of one device” can be used for this from .* on|A passkey that you added can be used for this from/);
    assert.match(said, /nothing to do but wait/);
    assert.equal(await page.getByTestId("cure").count(), 0);
    await look(page, "cooling-waits");
    await ada.close();
  });

  test("atk_su_19_is_removed_from_the_owners_letter_without_a_sign_in_and_by_a_button_only", async () => {
    const told = await letter(the.demo, the.ada, /will soon count for more/);
    const [link] = told.links.filter((link) => link.includes("/cancel/"));
    const reader = await device(the.browser);
    const page = await reader.open(link);
    await page.getByTestId("cancel-page").waitFor();
    await look(page, "cancel-rise");
    await page.reload();
    await page.getByTestId("cancel-it").click();
    await page.getByTestId("continue").waitFor();
    await look(page, "cancel-rise-done");
    assert.equal((await page.goto(link)).status(), 410);
    await letter(the.demo, the.ada, /was stopped and removed/);
    reader.quiet();
    await reader.close();

    const ada = await device(the.browser);
    const account = await ada.open(`${the.demo.provider}/account`);
    await signIn(account, the.ada);
    await account.getByTestId("account").waitFor();
    assert.equal(await account.getByTestId("passkey-row").count(), 0);
    await ada.close();
  });

  test("is removed on the account's page", async () => {
    const grace = await device(the.browser);
    const page = await grace.open(`${the.demo.provider}/account`);
    await signIn(page, the.grace);
    await page.getByTestId("account").waitFor();
    await add(page, the.grace);
    await page.getByTestId("cancel-rise").click();
    await news(page, /stopped and removed/);
    assert.equal(await page.getByTestId("passkey-row").count(), 0);
    await letter(the.demo, the.grace, /was stopped and removed/);
    grace.quiet();
    await grace.close();
  });
});
