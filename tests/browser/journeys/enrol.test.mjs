import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { device, launch } from "../lib/browser.mjs";
import { answer, playground } from "../lib/client.mjs";
import { startDemo } from "../lib/demo.mjs";
import { look } from "../lib/looks.mjs";
import { enrol, signIn } from "../lib/riser.mjs";

describe("a person adds a first passkey by a link", () => {
  let demo;
  let browser;
  before(async () => {
    demo = await startDemo();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await demo?.stop();
  });

  test("signs in there, adds it, and sees it on their account", async () => {
    const ada = await device(browser);
    const person = { username: "ada", password: demo.password("ada"), enrolment_url: demo.enrolmentUrl("ada") };
    const page = await enrol(ada, person, look);
    assert.equal(new URL(page.url()).pathname, "/account");
    assert.equal(await page.getByTestId("passkey-row").count(), 1);
    await look(page, "account");
    assert.equal(ada.authenticator.passkeys.length, 1);
    ada.quiet();
    await ada.close();
  });

  test("the link works once", async () => {
    const late = await device(browser);
    const page = await late.open();
    const response = await page.goto(demo.enrolmentUrl("ada"));
    assert.equal(response.status(), 410);
    await page.getByTestId("error").waitFor();
    await look(page, "link-spent");
    await late.close();
  });

  test("another person's link is refused", async () => {
    const grace = { username: "grace", password: demo.password("grace") };
    const { url } = await demo.riser(["grant", "create", "--user", "ada", "--ceiling", "phr", "--json"]);
    const hers = await device(browser);
    const request = await (await playground(demo)).begin();
    const page = await hers.open(request.url);
    await look(page, "sign-in");
    await answer(page, () => signIn(page, grace));
    const refused = await hers.open();
    assert.equal((await refused.goto(url)).status(), 403);
    await refused.getByTestId("error").waitFor();
    await look(refused, "link-of-another");
    await hers.close();
  });
});
