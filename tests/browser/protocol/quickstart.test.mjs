// The quickstarts, executed as they are written.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { device, launch } from "../lib/browser.mjs";
import { answers, follow } from "../lib/quickstart.mjs";
import { enrol, signIn, transaction } from "../lib/riser.mjs";

const ADA = { username: "ada", password: "correct horse battery staple" };
const IBAN = "DE89370400440532013000";

describe("a quickstart", () => {
  let browser;
  let steps;
  before(async () => {
    browser = await launch();
  });
  after(() => browser.close());

  /** The first commands, and the person who opens the link. */
  async function begin(name) {
    steps = await follow(name);
    const printed = await steps.next();
    const [enrolment_url] = printed.match(/http\S+\/grant\/\S+/) ?? assert.fail(`no link was printed: ${printed}`);
    await answers(`${steps.provider}/readyz`);
    const ada = await device(browser);
    await (await enrol(ada, { ...ADA, enrolment_url })).close();
    // Another day: nothing is left of the session.
    await ada.context.clearCookies();
    return ada;
  }

  test("for Express protects an action", async (t) => {
    const ada = await begin("quickstart-express");
    t.after(() => steps.stop());
    await steps.next(); // npm install
    await steps.next(); // node app.mjs
    assert.ok(steps.isDone);
    await answers(steps.own);
    const page = await ada.open(steps.own);
    const sent = [];
    page.on("response", (response) => response.request().method() === "PUT" && sent.push(response.status()));
    await page.getByRole("link", { name: "Sign in" }).click();
    await signIn(page, ADA);
    await page.getByRole("textbox").fill(IBAN);

    const change = async () => {
      await page.getByRole("button", { name: "Change" }).click();
      await page.getByTestId("step-up-dialog").waitFor();
      return ada.popup(page, () => page.getByTestId("step-up-confirm").click());
    };
    const popup = await change();
    assert.deepEqual((await transaction(popup)).at(-1).text, `New account\n${IBAN}`);
    const closed = popup.waitForEvent("close");
    await popup.getByTestId("passkey").click();
    await closed;
    await page.getByText(`{"changed":"${IBAN}"}`).waitFor();
    assert.deepEqual(sent, [401, 200]);

    const again = await change();
    await again.getByTestId("cancel").click();
    await page.getByText("You declined the confirmation.").waitFor();
    assert.deepEqual(sent, [401, 200, 401], "asked again, and refused: nothing was sent");
    ada.quiet();
    await ada.close();
  });

  test("for plain RFC 9470 protects an action", async (t) => {
    const ada = await begin("quickstart-rfc9470");
    t.after(() => steps.stop());
    await steps.next(); // npm install
    await steps.next(); // node api.mjs
    await answers(steps.own);

    /** Opens the address that the page's commands print; the code with which the browser ends. */
    const code = async (printed, act) => {
      const page = await ada.open(printed.trim());
      await act(page);
      await page.waitForURL(/\/callback\?/);
      const [, code] = (await page.innerText("body")).match(/code=(\S+)/);
      await page.close();
      return code;
    };
    const weak = await code(await steps.next(), (page) => signIn(page, ADA));
    const refused = await steps.next({ code: weak });
    assert.match(refused, /^HTTP\/1\.1 401 [^]*WWW-Authenticate: Bearer error="insufficient_user_authentication", acr_values="phr", max_age="300"/i);
    const strong = await code(await steps.next(), (page) => page.getByTestId("passkey").click());
    assert.match(await steps.next({ code: strong }), /^HTTP\/1\.1 200 [^]*deleted/);
    assert.ok(steps.isDone);
    // A token that is none learns nothing of the requirement.
    const probe = await fetch(`${steps.own}/tenants/7`, { method: "DELETE", headers: { authorization: "Bearer x.y.z" } });
    assert.equal(probe.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
    ada.quiet();
    await ada.close();
  });
});
