// WB-01, WB-02, WB-04: what a page of somebody else's can do to a person who is signed in, in a real browser.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { ACME, ask, balance, customer, nothingMoved } from "../lib/bank.mjs";
import { answer, playground } from "../lib/client.mjs";
import { foreignSite, post } from "../lib/foreign.mjs";
import { scene } from "../lib/scene.mjs";
import { visit } from "../lib/riser.mjs";

const STEPS = [
  ["identifier", { username: "mallory" }],
  ["password", { password: "correct horse battery staple" }],
  ["totp", { code: "000000" }],
  ["passkey/options", {}],
  ["passkey", { id: "x" }],
  ["enrol/passkey/options", {}],
  ["enrol/passkey", { id: "x" }],
  ["enrol/totp", { code: "000000" }],
  ["enrol/password", { password: "correct horse battery staple" }],
  ["enrol/recovery-codes", {}],
  ["recovery-code", { code: "AAAA-AAAA-AAAA-AAAA" }],
  ["recovery", { lost: "x" }],
  ["consent", { approve: "true" }],
  ["cancel", {}],
];

/** What the one frame of `page` shows; while it is being exchanged it cannot be asked. */
async function shownIn(page) {
  for (let tries = 0; tries < 50; tries += 1) {
    const shown = await page.frames()[1]?.evaluate(() => location.href).catch(() => undefined);
    if (shown && shown !== "about:blank") return shown;
    await page.waitForTimeout(100);
  }
  throw new Error("the frame shows nothing");
}

describe("a page of another origin", () => {
  const the = scene();
  let elsewhere;
  let ada;
  let prompted; // a step-up that waits in ada's browser
  before(async () => {
    elsewhere = await foreignSite();
    const passkeys = await the.enrolled(the.ada);
    ada = await customer(the.browser, the.demo, the.ada, { passkeys });
    prompted = await (await playground(the.demo)).begin({ acr_values: "phr" });
    prompted.page = await ada.open(prompted.url);
    prompted.csrf = await prompted.page.locator('input[name="csrf"]').first().inputValue();
  });
  after(() => elsewhere?.close());

  const state = () =>
    prompted.page.evaluate(async () => {
      const answer = await fetch(location.href, { headers: { Accept: "application/json" }, cache: "no-store" });
      return { status: answer.status, state: await answer.json() };
    });

  // WB-01. Even with the form's own secret, as if it had leaked.
  for (const origin of ["otherSite", "sameSite"]) {
    test(`atk_wb_01_a_foreign_page_takes_no_step_in_a_visit (${origin})`, async () => {
      const before = await state();
      assert.equal(before.state.status, "pending");
      const page = await ada.open(elsewhere[origin]);
      for (const [step, fields] of STEPS) {
        const url = `${prompted.page.url()}/${step}`;
        const statuses = await post(page, url, { csrf: prompted.csrf, ...fields });
        const { json, ...simple } = statuses;
        assert.equal(json, "not sent", `${step}: a foreign page may not send JSON`);
        // Without its cookies the visit does not exist; with them the page is foreign.
        const refused = origin === "otherSite" ? [404, 403] : [403];
        for (const [how, status] of Object.entries(simple)) {
          assert.ok(refused.includes(status), `${step} by ${how} was answered ${status}`);
        }
      }
      await page.close();
      assert.deepEqual(await state(), before);
    });

    test(`atk_wb_01_a_foreign_page_moves_no_money_and_signs_nobody_out (${origin})`, async () => {
      const was = await balance(ada.page);
      const csrf_token = await ada.page.locator('meta[name="csrf-token"]').getAttribute("content");
      const page = await ada.open(elsewhere[origin]);
      const transfer = { ...ACME, idempotency_key: "11111111-2222-3333", csrf_token };
      for (const [path, fields] of [["/api/transfers", transfer], ["/sign-out", { csrf_token }]]) {
        for (const [how, status] of Object.entries(await post(page, the.demo.bank + path, fields))) {
          assert.ok([400, 401, 403, 415, 422, "not sent", 303].includes(status), `${path} by ${how}: ${status}`);
        }
      }
      await page.close();
      await nothingMoved(ada.page, was);
      assert.ok(await ada.page.getByTestId("sign-out").isVisible(), "and is still signed in");
    });

    test(`atk_wb_01_a_foreign_page_begins_no_step_up (${origin})`, async () => {
      const sent = ada.page.waitForResponse((response) => response.url().endsWith("/api/transfers"));
      await ask(ada.page, ACME);
      const { transfer } = await (await sent).json();
      const page = await ada.open(elsewhere[origin]);
      await page.evaluate((url) => {
        location.href = url;
      }, `${the.demo.bank}/step-up/start?transfer=${transfer}&mode=redirect`);
      await page.waitForURL(`${the.demo.bank}/**`);
      assert.equal(new URL(page.url()).origin, the.demo.bank, "it did not go on to Riser");
      assert.match(await page.locator("main").innerText(), /nothing to confirm/i);
      await page.close();
      await ada.page.getByTestId("cancel-confirm").click();
    });
  }

  test("atk_wb_01_no_cookie_serves_for_a_clients_credential", async () => {
    const page = await ada.open(elsewhere.sameSite);
    const fields = { client_id: "playground", grant_type: "authorization_code", code: "x", token: "x" };
    // To anything but fetch with JSON, `consume` answers by the browser's own prompt for a client's secret.
    for (const [path, ways] of [
      ["/token", ["form", "no-cors", "json"]],
      ["/userinfo", ["form", "no-cors", "json"]],
      ["/elevation/consume", ["json"]],
    ]) {
      for (const [how, status] of Object.entries(await post(page, the.demo.provider + path, fields, ways))) {
        const expected = how === "json" ? ["not sent"] : [400, 401];
        assert.ok(expected.includes(status), `${path} by ${how}: ${status}`);
      }
    }
    await page.close();
  });

  test("atk_wb_04_no_page_is_shown_in_a_frame", async () => {
    const page = await ada.open(elsewhere.otherSite);
    const pages = [`${the.demo.provider}/account`, `${the.demo.provider}/`, `${the.demo.bank}/`];
    for (const url of [elsewhere.otherSite, prompted.page.url(), prompted.url, ...pages]) {
      await page.evaluate((url) => {
        const frame = document.createElement("iframe");
        frame.src = url;
        document.body.replaceChildren(frame);
        return new Promise((done) => frame.addEventListener("load", done));
      }, url);
      const shown = await shownIn(page);
      if (url === elsewhere.otherSite) assert.equal(shown, url, "a page that may be framed is");
      else assert.match(shown, /^chrome-error:/, `${url} was shown in a frame`);
    }
    await page.close();
  });

  test("atk_wb_04_a_press_in_the_first_half_second_does_nothing_nor_does_a_scripts", async () => {
    let asked = 0;
    const page = await ada.open();
    page.on("request", (request) => (asked += request.url().endsWith("/passkey/options") ? 1 : 0));
    await page.goto(prompted.url);
    await page.getByTestId("passkey").waitFor();
    const box = await page.getByTestId("passkey").boundingBox();
    await page.evaluate(() => document.querySelector('[data-testid="passkey"]').click());
    // Again until a press was early by the page's own clock.
    for (let early = false, tries = 0; !early; tries += 1) {
      assert.ok(tries < 20, "this machine is too slow to press within half a second");
      await page.reload({ waitUntil: "commit" });
      await page.getByTestId("passkey").waitFor({ state: "attached" });
      await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      early = await page.evaluate(() => performance.now() < 480);
    }
    await page.waitForTimeout(1_000);
    assert.equal(asked, 0);
    await page.evaluate(() => document.querySelector('[data-testid="passkey"]').click());
    await page.waitForTimeout(300);
    assert.equal(asked, 0, "a click that no person made");
    await page.close();
  });

  test("the prompt that was attacked still serves the person", async () => {
    assert.deepEqual(await visit(prompted.page), { kind: "step_up", status: "pending" });
    const url = await answer(prompted.page, () => prompted.page.getByTestId("passkey").click());
    assert.equal((await prompted.redeem(url)).claims().acr, "phr");
  });

  test("atk_wb_02_the_browsers_session_cookie_is_new_after_each_rise_and_the_old_is_dead", async () => {
    const values = [];
    const keep = async (device) => {
      const cookies = await device.context.cookies(the.demo.provider);
      values.push(cookies.find((cookie) => cookie.name === "riser_session")?.value);
    };
    const grace = await customer(the.browser, the.demo, the.grace);
    await keep(grace);
    const again = await (await playground(the.demo)).begin({ prompt: "login" });
    const page = await grace.open(again.url);
    await answer(page, async () => {
      await page.getByTestId("password").fill(the.grace.password);
      await page.getByTestId("submit").click();
    });
    await keep(grace);
    assert.equal(new Set(values).size, 2);
    const account = async (value) =>
      (await fetch(`${the.demo.provider}/account`, { headers: { Cookie: `riser_session=${value}` } })).status;
    assert.equal(await account(values[0]), 401);
    assert.equal(await account(values[1]), 200);
    await grace.close();
  });

  test("cookies are out of scripts' and other sites' reach", async () => {
    const cookies = await ada.context.cookies([the.demo.provider, the.demo.bank]);
    const names = cookies.map((cookie) => cookie.name).sort();
    assert.deepEqual(names, ["bank_session", "riser_browser", "riser_session"]);
    for (const { name, httpOnly, sameSite, path, domain } of cookies) {
      const host = name.startsWith("riser") ? "localhost" : "127.0.0.1";
      const expected = { httpOnly: true, sameSite: "Lax", path: "/", domain: host };
      assert.deepEqual({ httpOnly, sameSite, path, domain }, expected, name);
    }
    for (const page of [ada.page, prompted.page]) {
      assert.equal(await page.evaluate(() => document.cookie).catch(() => ""), "");
    }
  });
});
