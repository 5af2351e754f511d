// stepUpFetch in Chromium, against a server that does what each test wants: every end has its own code, the request is
// sent at most twice, and nothing in a challenge is ever opened.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, beforeEach, describe, test } from "node:test";

import { device, launch } from "../lib/browser.mjs";
import { accessible } from "../lib/axe.mjs";

const CLIENT = new URL("../../../clients/js/src/browser/", import.meta.url);
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; require-trusted-types-for 'script'";
const STEP_UP = {
  acr_values: "phr",
  authorization_details: [{ type: "riser_action", display: [["To", "<b>ACME</b>"]] }],
  www_authenticate: "Bearer x",
  // What a client must not follow.
  url: "https://evil.example/",
};
const PAGE = '<!doctype html><html lang="en"><title>Page</title><main><h1>Page</h1><button id="go">Go</button></main>';
const POPUP = '<!doctype html><html lang="en"><title>End</title><main id="riser-answer" data-state="s" data-pending="p1" data-outcome="approved"></main><script type="module" src="/client/callback.js"></script>';

describe("stepUpFetch", () => {
  let browser;
  let server;
  let origin;
  /** What the server does: `challenges` of the API's answers are a 401, `popup` is the page that `/step-up` shows. */
  let does;
  let asked;
  let own;
  let page;
  before(async () => {
    browser = await launch();
    server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const { pathname, search } = new URL(request.url, "http://x");
      asked.push({ path: pathname, search, body });
      const answer = (status, type, text) => response.writeHead(status, { "content-type": type, "content-security-policy": CSP }).end(text);
      if (pathname.startsWith("/client/")) return answer(200, "text/javascript", await readFile(new URL(pathname.slice(8), CLIENT)));
      if (pathname === "/step-up") return answer(200, "text/html", does.popup ?? PAGE);
      if (pathname.startsWith("/step-up/")) return answer(200, "application/json", JSON.stringify(does.status?.() ?? { status: "pending" }));
      if (pathname !== "/api") return answer(200, "text/html", PAGE);
      if (does.challenges-- > 0 && does.header) return response.writeHead(401, { "www-authenticate": does.header }).end();
      if (does.challenges >= 0) return answer(401, "application/problem+json", JSON.stringify({ step_up: STEP_UP, pending: "p1", ...does.problem }));
      return answer(200, "application/json", '{"done":true}');
    });
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    origin = `http://127.0.0.1:${server.address().port}`;
  });
  after(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  });
  beforeEach(async () => {
    asked = [];
    does = { challenges: 1 };
    await own?.close();
    own = await device(browser);
    page = await own.open(`${origin}/`);
  });

  /** Starts a request in the page; its end comes from `ended`. */
  const start = (options = {}) =>
    page.evaluate(async (options) => {
      const { stepUpFetch } = await import("/client/index.js");
      window.stop = new AbortController();
      const init = { method: "POST", headers: { "X-Own": "1" }, body: "the body", signal: window.stop.signal };
      window.ended = stepUpFetch("/api", init, options).then(
        async (response) => ({ status: response.status, text: await response.text() }),
        (error) => ({ name: error.name, code: error.code, reason: error.reason, message: error.message }),
      );
    }, options);
  const ended = () => page.evaluate(() => window.ended);
  const calls = () => asked.filter(({ path }) => path === "/api");
  async function press() {
    await page.getByTestId("step-up-dialog").waitFor();
    const [popup] = await Promise.all([page.waitForEvent("popup"), page.getByTestId("step-up-confirm").click()]);
    return popup;
  }

  test("passes on what is no challenge", async () => {
    does.challenges = 0;
    await start();
    assert.deepEqual(await ended(), { status: 200, text: '{"done":true}' });
    const step_up = (changes) => ({ step_up: { ...STEP_UP, ...changes } });
    for (const problem of [
      { step_up: undefined },
      { step_up: "x" },
      step_up({ acr_values: ["phr"] }),
      step_up({ max_age: "300" }),
      step_up({ max_age: -1 }),
      step_up({ authorization_details: {} }),
    ]) {
      does = { challenges: 1, problem };
      await start();
      assert.equal((await ended()).status, 401, JSON.stringify(problem));
    }
    assert.equal(await page.getByTestId("step-up-dialog").count(), 0);
  });

  test("sends the page's own request exactly once more, and opens its own address alone", async () => {
    does.popup = POPUP;
    does.status = () => ({ status: "approved" });
    await start();
    await page.getByTestId("step-up-dialog").waitFor();
    assert.match(await page.getByTestId("step-up-dialog").innerText(), /<b>ACME<\/b>/, "texts are set as texts");
    await accessible(page, "the dialog in no particular look");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.testid), "step-up-confirm");
    await press();
    assert.equal((await ended()).status, 200);
    assert.deepEqual(calls().map(({ body }) => body), ["the body", "the body"]);
    const opened = asked.filter(({ path }) => path === "/step-up");
    assert.deepEqual(opened.map(({ search }) => search), ["?pending=p1&mode=popup"]);
    assert.equal(await page.getByTestId("step-up-dialog").count(), 0);
    own.quiet();
  });

  test("rfc_9470_3_a_header_alone_is_a_challenge_and_a_malformed_one_is_none", async () => {
    const insufficient = 'error="insufficient_user_authentication"';
    for (const [header, expected] of [
      [`Bearer ${insufficient}, acr_values="phrh phr", max_age="300"`, { acr_values: "phrh phr", max_age: "300" }],
      [`DPoP realm="a, \\"b\\"", ${insufficient}, max_age=5`, { acr_values: "", max_age: "5" }],
      [`Bearer ${insufficient}, max_age="soon"`, undefined],
      [`Bearer ${insufficient}, max_age`, undefined],
      [`Other ${insufficient}`, undefined],
      ['Bearer error="invalid_token"', undefined],
      ["Bearer", undefined],
    ]) {
      asked.length = 0;
      does = { challenges: 1, header, status: () => ({ status: "approved" }) };
      await start();
      if (!expected) {
        assert.equal((await ended()).status, 401, header);
        continue;
      }
      await (await press()).close();
      assert.equal((await ended()).status, 200, header);
      const { pending, mode, ...members } = Object.fromEntries(new URLSearchParams(asked.find(({ path }) => path === "/step-up").search));
      assert.deepEqual([mode, members], ["popup", expected]);
      assert.ok(asked.some(({ path }) => path === `/step-up/${pending}`), "asked for by the name that it was opened with");
    }
  });

  test("a server that challenges without end is asked twice", async () => {
    does = { challenges: 99, popup: POPUP, status: () => ({ status: "approved" }) };
    await start();
    await press();
    assert.equal((await ended()).code, "not_accepted");
    assert.equal(calls().length, 2);
  });

  test("each end has its own code, and none sends the request again", async () => {
    for (const [reason, code] of [
      ["access_denied", "refused"],
      ["unmet_authentication_requirements", "enrolment_required"],
      ["wrong_person", "wrong_person"],
      ["login_required", "signed_out"],
      ["<script>", "failed"],
    ]) {
      asked.length = 0;
      does = { challenges: 1, popup: POPUP, status: () => ({ status: "refused", reason }) };
      await start();
      await press();
      assert.equal((await ended()).code, code, reason);
      assert.equal(calls().length, 1);
    }
  });

  test("a window that was closed without an answer is a refusal", async () => {
    await start();
    const popup = await press();
    await popup.close();
    assert.deepEqual([(await ended()).code, calls().length], ["refused", 1]);
  });

  test("the server's word is enough when the window says nothing", async () => {
    await start();
    await press();
    does.status = () => ({ status: "approved" });
    assert.equal((await ended()).status, 200, "asked although nothing was announced");
  });

  test("what a window announces is only a sign to look", async () => {
    does.popup = POPUP;
    await start();
    const popup = await press();
    if (!popup.isClosed()) await popup.waitForEvent("close");
    assert.equal((await ended()).code, "refused", "it said ok, and the server knew of nothing");
    assert.equal(calls().length, 1);
  });

  test("declining in the dialog closes the window", async () => {
    await start();
    const popup = await press();
    const closed = popup.waitForEvent("close");
    await page.keyboard.press("Escape");
    await closed;
    assert.equal((await ended()).code, "refused");
  });

  test("a blocked window and a slow person are told apart", async () => {
    await start({ timeout: 300 });
    const popup = await press();
    const closed = popup.waitForEvent("close");
    assert.equal((await ended()).code, "timed_out");
    await closed;
    does.challenges = 1;
    await page.evaluate(() => (window.open = () => null));
    await start();
    await page.getByTestId("step-up-confirm").click();
    assert.equal((await ended()).code, "popup_blocked");
    assert.equal(await page.getByTestId("step-up-dialog").count(), 0);
  });

  test("the caller's own signal ends it", async () => {
    await start();
    const popup = await press();
    const closed = popup.waitForEvent("close");
    await page.evaluate(() => window.stop.abort());
    assert.equal((await ended()).name, "AbortError");
    await closed;
    assert.equal(calls().length, 1);
  });

  test("an address of another origin is no way to begin", async () => {
    await start({ begin: "https://evil.example/step-up" });
    assert.equal((await ended()).name, "TypeError");
    assert.equal(calls().length, 0);
  });
});
