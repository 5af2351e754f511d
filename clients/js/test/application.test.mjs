// An application with pages of its own, framework and provider apart: what is kept for a browser, and whose answer counts.

import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";

import { WebApplication } from "riser-step-up/relying-party";
import { createGuard, digest } from "riser-step-up/server";

import { AUDIENCE, startProvider } from "./lib/provider.mjs";

const DETAILS = [{ type: "pay", to: "ACME" }];
const OWN = "http://127.0.0.1:3000";
const seconds = () => Math.floor(Date.now() / 1000);

describe("an application", () => {
  let provider;
  let guard;
  let state;
  let outcome;
  let application;
  let begun;
  const log = [];
  before(async () => {
    provider = await startProvider();
    guard = createGuard({ issuer: provider.issuer, audience: AUDIENCE, clientId: "payroll", clientSecret: "s" });
  });
  after(() => provider.stop());
  beforeEach(() => {
    state = { signedIn: { sub: "ada", sid: "s", idToken: "hint" } };
    begun = [];
    log.length = 0;
    // The leg to the provider is openid-client's, which the journeys in Chromium run; here its outcomes are given.
    const relyingParty = {
      redirectUri: `${OWN}/callback`,
      async begin(ask = {}) {
        begun.push(ask);
        return { url: `${provider.issuer}/authorize`, visit: { state: `state-${begun.length}`, nonce: "n", verifier: "v" } };
      },
      finish: async () => outcome,
    };
    application = new WebApplication({ guard, relyingParty, log: (one) => log.push(one) });
  });

  const fresh = { auth_time: seconds(), iat: seconds(), exp: seconds() + 100 };
  const header = (headers = {}) => (name) => headers[name];
  const incoming = (path, headers, method = "GET") => ({ method, url: new URL(path, OWN), header: header(headers), state });
  const bound = () => guard.requirement({ acr: "phr", binding: { details: () => DETAILS, spend: "handler" } });
  const admit = (requirement = bound(), headers = {}) => application.admit(requirement, incoming("/api", headers, "PUT"), {});
  const get = async (path, headers) => (await application.handle(incoming(path, headers)))?.answer;

  /** Through a step-up in a popup, with `outcome`: what the page's own server says afterwards. */
  async function through(given) {
    const { pending } = JSON.parse((await admit()).answer.body);
    assert.equal((await get(`/step-up?pending=${pending}&mode=popup`)).status, 303);
    outcome = given;
    const page = await get(`/callback?state=state-${begun.length}&code=c`);
    return { pending, page, told: JSON.parse((await get(`/step-up/${pending}`)).body) };
  }
  const token = (claims = {}) => provider.token({ ...fresh, txn: "t", authorization_details: DETAILS, ...claims });

  test("asks once, sends the challenge as it is, and lets the same request through once", async () => {
    const { page, told, pending } = await through({ ok: true, sub: "ada", idToken: "i", accessToken: await token() });
    assert.deepEqual([begun[0].stepUp.acr_values, begun[0].stepUp.authorization_details, begun[0].idTokenHint], ["phr", DETAILS, "hint"]);
    assert.deepEqual(told, { status: "approved" });
    assert.match(page.body, new RegExp(`data-pending="${pending}" data-outcome="approved"`));
    const allowed = await admit();
    assert.deepEqual([allowed.ok, allowed.elevation.txn], [true, "t"]);
    assert.equal((await admit()).code, "step_up_required", "an approval serves one request");
  });

  test("atk_su_03_another_persons_answer_approves_nothing", async () => {
    const { told } = await through({ ok: true, sub: "mallory", idToken: "i", accessToken: await token({ sub: "mallory" }) });
    assert.deepEqual(told, { status: "refused", reason: "wrong_person" });
    assert.equal((await admit()).code, "step_up_required");
    // Nor does a token of another person's that came into the session some other way.
    state.approved = { [await digest(DETAILS)]: await token({ sub: "mallory" }) };
    assert.equal((await admit()).code, "step_up_required");
  });

  test("a refusal is told by its name, and unknown words of a browser are not repeated", async () => {
    const { told, page } = await through({ ok: false, reason: "access_denied", why: "access_denied" });
    assert.deepEqual(told, { status: "refused", reason: "access_denied" });
    assert.match(page.body, /data-outcome="access_denied"/);
    assert.equal((await admit()).code, "step_up_required");
  });

  test("atk_su_12_an_answer_of_the_provider_is_taken_once", async () => {
    await through({ ok: true, sub: "ada", idToken: "i", accessToken: await token() });
    assert.equal((await get("/callback?state=state-1&code=c")).status, 400);
    assert.equal((await get("/callback?code=c")).status, 400);
    assert.equal((await get("/callback?state=__proto__&code=c")).status, 400);
  });

  test("atk_su_02_an_answer_counts_in_the_browser_that_asked_alone", async () => {
    const { pending } = JSON.parse((await admit()).answer.body);
    await get(`/step-up?pending=${pending}&mode=popup`);
    state = { signedIn: { sub: "mallory", idToken: "x" } };
    outcome = { ok: true, sub: "mallory", idToken: "i", accessToken: await token({ sub: "mallory" }) };
    assert.equal((await get("/callback?state=state-1&code=c")).status, 400);
    assert.equal((await get(`/step-up/${pending}`)).status, 404);
  });

  test("atk_su_17_a_step_up_for_one_thing_releases_no_other", async () => {
    await through({ ok: true, sub: "ada", idToken: "i", accessToken: await token() });
    const other = guard.requirement({ acr: "phr", binding: { details: () => [{ type: "pay", to: "Mallory" }], spend: "handler" } });
    assert.equal((await admit(other)).code, "step_up_required");
    // A token that was kept under the right name and approves something else.
    state.approved = { [await digest(DETAILS)]: await token({ authorization_details: [{ type: "pay", to: "Mallory" }] }) };
    const refused = await admit();
    assert.deepEqual([refused.code, refused.why], ["step_up_required", "other_details"]);
  });

  test("atk_wb_01_another_sites_page_neither_acts_nor_chooses_the_moment", async () => {
    const { pending } = JSON.parse((await admit()).answer.body);
    for (const headers of [{ origin: "https://evil.example" }, { origin: "null" }, { "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }]) {
      assert.equal((await admit(bound(), headers)).code, "cross_site", JSON.stringify(headers));
      assert.equal((await get(`/step-up?pending=${pending}`, headers)).status, 404);
    }
    assert.equal(begun.length, 0);
    assert.notEqual((await admit(bound(), { origin: OWN, "sec-fetch-site": "same-origin" })).code, "cross_site");
  });

  test("a way back leads to this application's own pages alone", async () => {
    outcome = { ok: true, sub: "ada", idToken: "i", accessToken: "t" };
    for (const [to, expected] of [
      ["/salary?x=1", "/salary?x=1"],
      ["//evil.example", "/"],
      ["/\\evil.example", "/"],
      ["https://evil.example", "/"],
      ["javascript:alert(1)", "/"],
      ["/a\nb", "/"],
    ]) {
      state = {};
      await get(`/login?to=${encodeURIComponent(to)}`);
      const handled = await application.handle(incoming(`/callback?state=state-${begun.length}&code=c`));
      assert.equal(handled.answer.headers.location, expected, to);
      assert.equal(handled.rotate, true, "atk_wb_02: a new name for each sign-in");
      assert.deepEqual(Object.keys(state), ["signedIn", "approved"], "nothing of before is kept");
    }
  });

  test("a window serves any number of requests, until its token does not stand any more", async () => {
    const window = guard.requirement({ acr: "phr", maxAge: 60 });
    state.approved = { window: await provider.token(fresh) };
    for (let times = 0; times < 3; times += 1) assert.equal((await admit(window)).ok, true);
    state.approved = { window: await provider.token({ ...fresh, auth_time: seconds() - 66 }) };
    assert.equal((await admit(window)).why, "too_old");
    state.approved = { window: await provider.token({ ...fresh, exp: seconds() - 6 }) };
    assert.equal((await admit(window)).code, "step_up_required");
    // An approval of one action opens no window.
    state.approved = { window: await token() };
    assert.equal((await admit(window)).why, "bound");
  });

  test("the policy is asked by the session where there is no token", async () => {
    const asks = guard.requirement({ action: { name: "pay", resource: { type: "A", id: "1" } } });
    provider.answers["/access/v1/evaluation"] = { json: { decision: true } };
    assert.equal((await admit(asks)).ok, true);
    assert.deepEqual(JSON.parse(provider.asked.at(-1).body).subject, { type: "user", id: "ada", properties: { sid: "s" } });
  });

  test("nobody is let through who is not signed in, and keys that cannot be fetched deny", async () => {
    state = {};
    assert.equal((await admit()).code, "signed_out");
    assert.equal(state.pending, undefined);
    const away = createGuard({ issuer: "http://127.0.0.1:9", audience: AUDIENCE });
    state = { signedIn: { sub: "ada", idToken: "i" }, approved: { window: await provider.token(fresh) } };
    const alone = new WebApplication({ guard: away, relyingParty: { redirectUri: `${OWN}/callback` } });
    assert.equal((await alone.admit(away.requirement({ acr: "phr" }), incoming("/", {}, "PUT"), {})).code, "unavailable");
  });

  test("keeps no more than eight steps-up, visits and approvals, and none for long", async () => {
    for (let count = 0; count < 20; count += 1) {
      const details = [{ type: "pay", to: String(count) }];
      await admit(guard.requirement({ acr: "phr", binding: { details: () => details, spend: "handler" } }));
      await get("/login");
    }
    assert.equal(Object.keys(state.pending).length, 8);
    assert.equal(Object.keys(state.visits).length, 8);
    outcome = { ok: true, sub: "ada", idToken: "i", accessToken: "t" };
    for (let count = 0; count < 20; count += 1) {
      const details = [{ type: "pay", to: String(count) }];
      const refused = await admit(guard.requirement({ acr: "phr", binding: { details: () => details, spend: "handler" } }));
      await get(`/step-up?pending=${JSON.parse(refused.answer.body).pending}`);
      await get(`/callback?state=state-${begun.length}&code=c`);
    }
    assert.equal(Object.keys(state.approved).length, 8);
    await get("/login");
    const [id] = Object.keys(state.pending);
    state.pending[id].at -= 1000;
    assert.equal((await get(`/step-up?pending=${id}`)).status, 404);
    const [name] = Object.keys(state.visits);
    state.visits[name].at -= 1000;
    outcome = { ok: true, sub: "ada", idToken: "i", accessToken: "t" };
    assert.equal((await get(`/callback?state=${name}&code=c`)).status, 400);
  });

  test("op_10_what_is_logged_and_answered_has_no_token_in_it", async () => {
    const accessToken = await token();
    const { page, told } = await through({ ok: true, sub: "ada", idToken: "i", accessToken });
    const answers = [page, told, await get("/step-up"), await admit(), await admit()];
    assert.ok(!JSON.stringify([answers.map((one) => one?.answer ?? one), log]).includes(accessToken));
  });

  test("serves the browser's modules and nothing else of its folder", async () => {
    assert.match((await get("/step-up/index.js")).headers["content-type"], /javascript/);
    for (const path of ["/step-up/..%2fserver%2fguard.js", "/step-up/package.json", "/step-up/__proto__"]) {
      const answer = await get(path);
      assert.ok(!answer || answer.status === 404, path);
    }
    assert.equal(await get("/elsewhere"), undefined);
  });
});
