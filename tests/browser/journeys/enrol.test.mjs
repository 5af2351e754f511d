import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { device } from "../lib/browser.mjs";
import { answer, playground } from "../lib/client.mjs";
import { look } from "../lib/looks.mjs";
import { scene } from "../lib/scene.mjs";
import { enrol, prove, signIn, typePassword } from "../lib/riser.mjs";

describe("a person adds a first passkey by a link", () => {
  const the = scene();

  test("may cancel, and use the link later", async () => {
    const ada = await device(the.browser);
    const page = await ada.open(the.ada.enrolment_url);
    await typePassword(page, the.ada.password);
    await page.getByTestId("passkey").waitFor();
    await page.getByTestId("cancel").click();
    await page.getByTestId("passkey").waitFor({ state: "detached" });
    assert.equal(ada.authenticator.passkeys.length, 0);
    await page.goto(`${the.demo.provider}/account`);
    assert.equal(await page.getByTestId("passkey-row").count(), 0);
    await look(page, "account-without-passkey");
    await ada.close();
  });

  test("signs in there, adds it, and opens their account with it", async () => {
    const ada = await device(the.browser);
    const page = await enrol(ada, the.ada, look);
    assert.equal(new URL(page.url()).pathname, "/account");
    await look(page, "account-closed");
    await page.getByTestId("open-account").click();
    await page.getByTestId("passkey").waitFor();
    await look(page, "account-opens");
    await prove(page);
    await page.getByTestId("account").waitFor();
    assert.equal(await page.getByTestId("passkey-row").count(), 1);
    await look(page, "account");
    assert.equal(ada.authenticator.passkeys.length, 1);
    ada.quiet();
    await ada.close();
  });

  test("the link works once", async () => {
    const late = await device(the.browser);
    const page = await late.open();
    const response = await page.goto(the.ada.enrolment_url);
    assert.equal(response.status(), 410);
    await page.getByTestId("error").waitFor();
    await look(page, "link-spent");
    await late.close();
  });

  test("another person's link is refused", async () => {
    const { url } = await the.demo.riser(["grant", "create", "--user", "ada", "--ceiling", "phr", "--json"]);
    const grace = await device(the.browser);
    const request = await (await playground(the.demo)).begin();
    const page = await grace.open(request.url);
    await look(page, "sign-in");
    await answer(page, () => signIn(page, the.grace));
    const refused = await grace.open();
    assert.equal((await refused.goto(url)).status(), 403);
    await refused.getByTestId("error").waitFor();
    await look(refused, "link-of-another");
    await grace.close();
  });
});
