// The admin console: an application that knows nothing of levels, and the guard before it.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { rootOfVirtualKeys } from "../lib/attestation.mjs";
import { Authenticator, KINDS, device } from "../lib/browser.mjs";
import { foreignSite, post } from "../lib/foreign.mjs";
import { look } from "../lib/looks.mjs";
import { prove, signIn, visit } from "../lib/riser.mjs";
import { scene } from "../lib/scene.mjs";

describe("deleting a tenant in the admin console", () => {
  const the = scene({ roots: async (browser) => ({ "keys.der": await rootOfVirtualKeys(browser) }) });
  let ada; // on a device with a synced passkey
  let page;

  /** What the guard's page says came of it. */
  const outcome = async (expected) => {
    await page.locator(`[data-testid="gate"][data-outcome="${expected}"]`).waitFor();
    return page.getByTestId("gate").innerText();
  };

  before(async () => {
    const passkeys = await the.enrolled(the.ada, KINDS.synced);
    ada = await device(the.browser, { passkeys, kind: KINDS.synced });
    page = await ada.open();
  });

  test("reading takes a sign-in and no more", async () => {
    await page.goto(the.demo.admin_console);
    await signIn(page, the.ada);
    await page.getByTestId("tenants").waitFor();
    assert.equal(await page.getByTestId("user").innerText(), "ada");
    assert.equal(await page.getByTestId("tenants").locator("li").count(), 4);
    await look(page, "console-tenants");
  });

  test("a synced passkey is refused, and the person is told what it takes", async () => {
    await page.getByTestId("tenant-acme").click();
    await look(page, "console-tenant");
    await page.getByTestId("delete").click();
    assert.match(await outcome("step_up_required"), /takes a hardware key.*Nothing was done yet/);
    await look(page, "console-confirm");
    await page.getByTestId("gate-act").click();
    assert.deepEqual(await visit(page), { kind: "step_up", status: "failed" });
    assert.match(await page.getByTestId("interaction").innerText(), /A hardware key is needed/);
    await look(page, "console-hardware-missing");
    await page.getByTestId("continue").click();
    assert.match(await outcome("unmet"), /takes a hardware key.*Ask your administrator for a link/s);
    await look(page, "console-unmet");
    await page.getByTestId("gate-back").click();
    await page.getByTestId("delete").waitFor();
    await page.goto(the.demo.admin_console);
    assert.equal(await page.getByTestId("tenants").locator("li").count(), 4);
  });

  test("with a hardware key one prompt suffices, and the person presses the button themselves", async () => {
    const link = await the.demo.link("ada", "phrh");
    await ada.take(new Authenticator(KINDS.key));
    const enrolling = await ada.open(link);
    await prove(enrolling);
    await enrolling.getByTestId("news").waitFor();
    await enrolling.close();
    await page.goto(`${the.demo.admin_console}/tenants/acme`);
    await page.getByTestId("delete").click();
    await outcome("step_up_required");
    await page.getByTestId("gate-act").click();
    assert.deepEqual(await visit(page), { kind: "step_up", status: "pending" });
    await prove(page);
    // Back on the tenant's page: nothing was deleted by confirming.
    await page.getByTestId("delete").waitFor();
    assert.equal(page.url(), `${the.demo.admin_console}/tenants/acme`);
    await page.getByTestId("delete").click();
    await page.getByTestId("deleted").waitFor();
    assert.equal(await page.getByTestId("tenants").locator("li").count(), 3);
    await look(page, "console-deleted");
    // The key counts for five minutes: the next one is not asked for.
    await page.getByTestId("tenant-brook").click();
    await page.getByTestId("delete").click();
    await page.getByTestId("deleted").waitFor();
  });

  // Another port of 127.0.0.1 is the same site to a browser: its requests bring the cookie.
  test("atk_wb_01_a_foreign_page_deletes_no_tenant", async () => {
    const elsewhere = await foreignSite();
    const foreign = await ada.open(elsewhere.otherSite);
    const answers = await post(foreign, `${the.demo.admin_console}/tenants/heron/delete`, { a: "b" }, ["form", "no-cors"]);
    assert.deepEqual(answers, { form: 403, "no-cors": 403 });
    await foreign.close();
    await elsewhere.close();
    await page.goto(the.demo.admin_console);
    assert.equal(await page.getByTestId("tenants").locator("li").count(), 2);
  });

  test("signing out ends it here", async () => {
    await page.getByTestId("sign-out").click();
    await outcome("signed_out");
    await look(page, "console-signed-out");
    ada.quiet();
    await ada.close();
  });
});
