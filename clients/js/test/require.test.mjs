// When a token suffices, and what is answered when it does not: the rules and the words of the Rust guard.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { ConfigError, createGuard } from "riser-step-up/server";

import { AUDIENCE, NOW, startProvider } from "./lib/provider.mjs";

const DETAILS = [{ type: "riser_action", action: "pay", resource: "1", parameters_sha256: "x", display: [["To", "ACME"]] }];
const REORDERED = [{ display: [["To", "ACME"]], parameters_sha256: "x", resource: "1", action: "pay", type: "riser_action" }];

describe("a requirement", () => {
  let provider;
  let guard;
  before(async () => {
    provider = await startProvider();
    guard = createGuard({ issuer: provider.issuer, audience: AUDIENCE, clientId: "payroll", clientSecret: "a b+c", clock: () => NOW });
  });
  after(() => provider.stop());

  /** What `options` makes of a token with `claims`. */
  async function judge(options, claims) {
    const verified = await guard.verify(await provider.token(claims));
    assert.ok(verified.ok, verified.why);
    return guard.authorize(verified, guard.requirement(options), {});
  }
  const bound = (spend = "handler") => ({ acr: "phr", maxAge: 300, binding: { details: () => DETAILS, spend } });
  const approval = { txn: "t", authorization_details: DETAILS };

  test("is met by level, age, scope and binding, each row by its own rule", async () => {
    const window = { acr: "phr", maxAge: 300 };
    for (const [name, options, claims, expected] of [
      ["the level is held", window, {}, "ok"],
      ["an alias is held", { acr: "urn:x" }, { acr_satisfied: ["urn:x"] }, "ok"],
      ["only the plain acr says so", { acr: "phr" }, { acr_satisfied: undefined }, "ok"],
      ["another level", window, { acr: "aal2", acr_satisfied: ["aal2", "aal1"] }, "level"],
      ["a level that merely contains it", { acr: "ph" }, {}, "level"],
      ["no level", window, { acr: undefined, acr_satisfied: undefined }, "level"],
      ["old, within the leeway", window, { auth_time: NOW - 305 }, "ok"],
      ["too old", window, { auth_time: NOW - 306 }, "too_old"],
      ["undated", window, { auth_time: undefined }, "undated"],
      ["from the future", { acr: "phr" }, { auth_time: NOW + 6 }, "undated"],
      ["an age alone", { maxAge: 60 }, { acr: undefined, acr_satisfied: undefined }, "ok"],
      ["a scope is lacking", { acr: "phr", scope: "pay" }, { scope: "openid payments" }, "scope"],
      ["the scope is there", { acr: "phr", scope: "pay" }, { scope: "openid pay" }, "ok"],
      ["a bound token where nothing is bound", window, approval, "bound"],
      ["an unbound token where it must be", bound(), {}, "unbound"],
      ["a txn without details", bound(), { txn: "t" }, "unbound"],
      ["details without a txn", bound(), { authorization_details: DETAILS }, "unbound"],
      ["approved", bound(), approval, "ok"],
      ["approved, members in another order", bound(), { ...approval, authorization_details: REORDERED }, "ok"],
      ["another payee", bound(), { txn: "t", authorization_details: [{ ...DETAILS[0], display: [["To", "ACMF"]] }] }, "other_details"],
      ["one more entry", bound(), { txn: "t", authorization_details: [...DETAILS, ...DETAILS] }, "other_details"],
      ["approved, but too long ago", bound(), { ...approval, auth_time: NOW - 306 }, "too_old"],
    ]) {
      const judged = await judge(options, claims);
      assert.equal(judged.ok ? "ok" : judged.why, expected, name);
    }
  });

  test("rfc_9470_3_is_told_as_the_rust_guard_tells_it", async () => {
    const { answer } = await judge({ ...bound(), acr: "phrh phr" }, { acr: "aal1", acr_satisfied: ["aal1"] });
    const www =
      'Bearer error="insufficient_user_authentication", error_description="A stronger or more recent authentication is required", acr_values="phrh phr", max_age="300"';
    assert.equal(answer.status, 401);
    assert.deepEqual(answer.headers, { "content-type": "application/problem+json", "cache-control": "no-store", "www-authenticate": www });
    assert.deepEqual(JSON.parse(answer.body), {
      type: `${provider.issuer}/problems/step_up_required`,
      title: "A stronger authentication is required",
      status: 401,
      step_up: { acr_values: "phrh phr", max_age: 300, authorization_details: DETAILS, www_authenticate: www },
    });
  });

  test("rfc_6750_3_1_a_scope_alone_is_a_403_and_with_a_level_one_round", async () => {
    const options = { acr: "phr", scope: "pay read" };
    const alone = (await judge(options, {})).answer;
    assert.equal(alone.status, 403);
    assert.equal(alone.headers["www-authenticate"], 'Bearer error="insufficient_scope", scope="pay read"');
    const both = (await judge(options, { acr: "aal1", acr_satisfied: [] })).answer;
    assert.equal(both.status, 401);
    assert.match(both.headers["www-authenticate"], /acr_values="phr", scope="pay read"$/);
  });

  test("atk_su_43_tells_nothing_of_itself_before_the_token_is_good", async () => {
    const answers = new Set();
    for (const values of [[`Bearer ${await provider.token({ aud: "x" })}`], ["Bearer x.y.z"], [`Bearer ${await provider.token({ exp: NOW - 9 })}`]]) {
      answers.add(JSON.stringify((await guard.authenticate(values)).answer));
    }
    assert.equal(answers.size, 1);
    assert.doesNotMatch([...answers][0], /acr|max_age|expired|audience/);
  });

  test("atk_su_18_an_elevation_is_spent_once_at_the_provider", async () => {
    provider.answers["/elevation/consume"] = { json: { consumed: true } };
    const first = await judge(bound("provider"), approval);
    assert.ok(first.ok && first.elevation.txn === "t");
    const { headers, body } = provider.asked.at(-1);
    assert.equal(headers.authorization, `Basic ${btoa("payroll:a+b%2Bc")}`);
    assert.match(body, /^token=ey/);
    for (const [told, code, why] of [
      [{ status: 409, json: { consumed: false } }, "step_up_required", "already_used"],
      [{ status: 401, json: { error: "invalid_token" } }, "invalid_token"],
      [{ status: 401, json: { error: "invalid_client" } }, "unavailable"],
      [{ status: 500, json: {} }, "unavailable"],
      [{ status: 200, json: {} }, "unavailable"],
      [{ status: 200, json: { consumed: "true" } }, "unavailable"],
      [{ status: 200, text: "yes" }, "unavailable"],
      [{ status: 302, text: "" }, "unavailable"],
    ]) {
      provider.answers["/elevation/consume"] = told;
      const judged = await judge(bound("provider"), approval);
      assert.equal(judged.code, code, JSON.stringify(told));
      if (why) assert.equal(judged.why, why);
    }
  });

  test("atk_su_18_an_elevation_is_spent_once_by_the_application", async () => {
    const spent = new Set();
    const spend = ({ txn }) => !spent.has(txn) && Boolean(spent.add(txn));
    assert.equal((await judge(bound(spend), approval)).ok, true);
    const again = await judge(bound(spend), approval);
    assert.deepEqual([again.code, again.why, again.stepUp.authorization_details], ["step_up_required", "already_used", DETAILS]);
    // Anything but `true` is a no.
    for (const said of [undefined, null, 1, "true", false, {}]) assert.notEqual((await judge(bound(() => said), approval)).ok, true);
    await assert.rejects(judge(bound(() => Promise.reject(new Error("the database is away"))), approval));
  });

  test("atk_su_36_a_limit_that_is_none_is_refused_when_the_route_is_set_up", () => {
    const details = () => DETAILS;
    for (const options of [
      {},
      { acr: "" },
      { acr: 'a"b' },
      { acr: "phr", maxAge: "300" },
      { acr: "phr", maxAge: -1 },
      { acr: "phr", maxAge: 0 },
      { acr: "phr", maxAge: 29 },
      { acr: "phr", maxAge: 30.5 },
      { acr: "phr", maxAge: Number.NaN },
      { acr: "phr", max_age: 300 },
      { acr: "phr", scope: "" },
      { acr: "phr", binding: { details } },
      { acr: "phr", binding: { details, spend: "later" } },
      { acr: "phr", binding: { details: DETAILS, spend: "handler" } },
      { binding: { details, spend: "handler" } },
      { action: { name: "pay" } },
      { action: { resource: { type: "A", id: "1" } } },
      null,
    ]) {
      assert.throws(() => guard.requirement(options), ConfigError, JSON.stringify(options));
    }
    const poor = createGuard({ issuer: provider.issuer, audience: AUDIENCE });
    for (const options of [bound("provider"), { action: { name: "pay", resource: { type: "A", id: "1" } } }]) {
      assert.throws(() => poor.requirement(options), /credentials/);
    }
  });

  test("that is bound, and gives no details, lets nothing through", async () => {
    for (const given of [undefined, [], {}]) {
      const options = { acr: "phr", binding: { details: () => given, spend: "handler" } };
      await assert.rejects(judge(options, approval), ConfigError);
    }
  });
});
