// The policy's word, asked for over HTTP: only what is word for word a yes is one.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { createGuard } from "riser-step-up/server";

import { AUDIENCE, NOW, startProvider } from "./lib/provider.mjs";

const STEP_UP = { acr_values: "phr", max_age: 300, www_authenticate: "Bearer x" };
const DETAILS = [{ type: "pay", to: "ACME" }];

describe("a decision", () => {
  let provider;
  let guard;
  before(async () => {
    provider = await startProvider();
    guard = createGuard({ issuer: provider.issuer, audience: AUDIENCE, clientId: "payroll", clientSecret: "s", clock: () => NOW });
  });
  after(() => provider.stop());

  const action = { name: "pay", resource: { type: "Account", id: "1" }, properties: () => ({ amount: 5 }) };
  async function judge(told, more = {}, claims = {}) {
    provider.answers["/access/v1/evaluation"] = told;
    return guard.authorize(await guard.verify(await provider.token(claims)), guard.requirement({ action, ...more }), {});
  }

  test("asks as AuthZEN has it, and names the session by the token", async () => {
    const allowed = await judge({ json: { decision: true, context: { reason: "permitted", policies: ["p"] } } });
    assert.deepEqual([allowed.ok, allowed.policies], [true, ["p"]]);
    const { body, headers } = provider.asked.at(-1);
    assert.deepEqual(JSON.parse(body), {
      subject: { type: "user", id: "ada" },
      context: { access_token: allowed.token.expose() },
      action: { name: "pay", properties: { amount: 5 } },
      resource: { type: "Account", id: "1" },
    });
    assert.equal(headers.authorization, `Basic ${btoa("payroll:s")}`);
  });

  test("that asks for a step-up becomes the challenge", async () => {
    for (const [reason, code] of [["step_up_required", "step_up_required"], ["enrolment_required", "enrolment_required"]]) {
      const context = { reason, policies: ["pay-needs-passkey"], message: "Confirm it.", step_up: STEP_UP };
      const refused = await judge({ json: { decision: false, context } });
      assert.equal(refused.code, code);
      assert.equal(refused.answer.status, 401);
      assert.match(refused.answer.headers["www-authenticate"], /^Bearer error="insufficient_user_authentication".*acr_values="phr", max_age="300"$/);
      const { type, detail, step_up: told } = JSON.parse(refused.answer.body);
      assert.deepEqual([type, detail], [`${provider.issuer}/problems/step_up_required`, "Confirm it."]);
      assert.deepEqual([told.acr_values, told.max_age], ["phr", 300]);
    }
  });

  test("atk_rs_09_that_was_altered_is_a_no", async () => {
    const no = (context) => ({ json: { decision: false, context } });
    const step = (step_up) => no({ reason: "step_up_required", step_up });
    for (const told of [
      { json: {} },
      { json: { decision: "true" } },
      { json: { decision: 1 } },
      { json: { decision: null } },
      { json: { Decision: true } },
      { json: [{ decision: true }] },
      { json: { evaluations: [{ decision: true }] } },
      { json: { decision: true, context: { reason: "denied" } } },
      { json: { decision: true, context: { reason: "step_up_required" } } },
      { json: { decision: true, context: { step_up: STEP_UP } } },
      { json: { decision: true, context: "permitted" } },
      { json: { decision: true, context: { policies: "p" } } },
      no(undefined),
      no({ reason: "permitted" }),
      no({ reason: "soon" }),
      step(undefined),
      step({ ...STEP_UP, acr_values: "" }),
      step({ ...STEP_UP, acr_values: ["phr"] }),
      step({ ...STEP_UP, acr_values: 'phr", max_age="9' }),
      step({ ...STEP_UP, max_age: "300" }),
      step({ ...STEP_UP, max_age: -1 }),
      step({ ...STEP_UP, authorization_details: [{ type: "pay", to: "Mallory" }] }),
      { text: "" },
      { text: "true" },
      { text: "{" },
    ]) {
      const judged = await judge(told);
      assert.equal(judged.code, "denied", JSON.stringify(told));
      assert.equal(judged.answer.status, 403);
      assert.equal(judged.answer.headers["www-authenticate"], undefined);
    }
    for (const status of [201, 204, 302, 400, 401, 500]) {
      assert.equal((await judge({ status, json: { decision: true } })).code, "unavailable", String(status));
    }
  });

  test("is not fetched from where a redirect leads", async () => {
    provider.answers["/yes"] = { json: { decision: true } };
    for (const status of [302, 303, 307]) {
      const judged = await judge({ status, text: "", location: "/yes" });
      assert.equal(judged.code, "unavailable", String(status));
    }
    assert.equal(provider.count("/yes"), 0);
  });

  test("about a bound action carries the details there and back, and converges in one round", async () => {
    const more = { binding: { details: () => DETAILS, spend: "handler" } };
    const context = { reason: "step_up_required", step_up: { ...STEP_UP, authorization_details: DETAILS } };
    const refused = await judge({ json: { decision: false, context } }, more);
    assert.deepEqual(refused.stepUp.authorization_details, DETAILS);
    assert.deepEqual(JSON.parse(provider.asked.at(-1).body).context.authorization_details, DETAILS);
    const yes = { json: { decision: true } };
    const allowed = await judge(yes, more, { txn: "t", authorization_details: DETAILS });
    assert.deepEqual([allowed.ok, allowed.elevation.txn], [true, "t"]);
    // A yes of the policy's binds nothing by itself.
    assert.equal((await judge(yes, more)).why, "unbound");
    const other = { txn: "t", authorization_details: [{ type: "pay", to: "Mallory" }] };
    assert.equal((await judge(yes, more, other)).why, "other_details");
    assert.equal((await judge(yes, {}, other)).why, "bound");
  });

  test("cannot be had from a provider that is away: nothing is done", async () => {
    const away = createGuard({ issuer: "http://127.0.0.1:9", audience: AUDIENCE, clientId: "c", clientSecret: "s" });
    const requirement = away.requirement({ action });
    const judged = await away.authorize({ sub: "ada", sid: "s" }, requirement, {});
    assert.deepEqual([judged.code, judged.answer.status, judged.answer.headers["retry-after"]], ["unavailable", 503, "5"]);
  });
});
