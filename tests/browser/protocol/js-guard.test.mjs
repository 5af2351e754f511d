// The guard of clients/js against the real provider: its keys, its policy, its spending.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { createGuard, riserAction } from "../../../clients/js/src/server/index.js";
import { createRelyingParty } from "../../../clients/js/src/relying-party/index.js";
import { device } from "../lib/browser.mjs";
import { answer, REDIRECT } from "../lib/client.mjs";
import { scene } from "../lib/scene.mjs";
import { signIn } from "../lib/riser.mjs";

const SECRET = "a secret with 9 + signs & spaces, long enough";
const RESOURCE = "http://127.0.0.1:9090/api";

const server = () => ({
  files: {
    "policies/payroll.cedar": `
@id("read-payslips") permit (principal, action == Action::"read", resource);
@id("change-needs-passkey") @reason("Confirm the change with your passkey.")
permit (principal, action == Action::"change", resource) when { context.held.contains("phr") };
@id("nobody-deletes") forbid (principal, action == Action::"delete", resource);
`,
    "payroll-secret": SECRET,
  },
  more: `
[policy]
path = "policies/"

[[client]]
client_id = "payroll"
client_name = "Payroll"
client_secret = { file = "payroll-secret" }
redirect_uris = ["${REDIRECT}"]
token_endpoint_auth_method = "client_secret_basic"
resource = "${RESOURCE}"
`,
});

describe("the guard of clients/js", () => {
  const the = scene({ server, people: { ada: "phr" } });
  let guard;
  let party;
  let ada;
  let weak;

  before(async () => {
    const client = { issuer: the.demo.provider, clientId: "payroll", clientSecret: SECRET };
    guard = createGuard({ ...client, audience: RESOURCE });
    party = createRelyingParty({ ...client, redirectUri: REDIRECT });
    ada = await device(the.browser, { passkeys: await the.enrolled(the.ada) });
    weak = await visit({}, (page) => signIn(page, the.ada));
  });

  /** One visit to the provider; the token that came of it, verified. */
  async function visit(ask, act) {
    const { url, visit } = await party.begin(ask);
    const page = await ada.open();
    const back = await answer(page, async () => {
      await page.goto(url);
      await act(page);
    });
    await page.close();
    const outcome = await party.finish(back, visit);
    assert.ok(outcome.ok, outcome.why);
    const verified = await guard.verify(outcome.accessToken);
    assert.ok(verified.ok, verified.why);
    return { ...verified, idToken: outcome.idToken, sid: outcome.sid };
  }
  const press = (page) => page.getByTestId("passkey").click();
  const action = (name) => ({ action: { name, resource: { type: "Account", id: "1" } } });
  const judge = (holder, options) => guard.authorize(holder, guard.requirement(options), {});

  test("lets through what the policy permits, and says what it denies", async () => {
    const allowed = await judge(weak, action("read"));
    assert.deepEqual([allowed.ok, allowed.policies], [true, ["read-payslips"]]);
    assert.deepEqual([(await judge(weak, action("delete"))).code, (await judge(weak, action("unheard-of"))).code], ["denied", "denied"]);
    const bySession = await judge({ sub: weak.token.claims.sub, sid: weak.sid }, action("read"));
    assert.equal(bySession.ok, true);
  });

  test("converges in exactly one round by policy, for a bound action, and spends it once", async () => {
    const details = [await riserAction({ action: "change", resource: "Account 1", parameters: { to: "x" }, display: [["To", "ACME"]] })];
    const options = { ...action("change"), binding: { details: () => details, spend: "provider" } };
    const refused = await judge(weak, options);
    assert.deepEqual([refused.code, refused.stepUp.acr_values], ["step_up_required", "phr"]);
    assert.match(refused.answer.body, /Confirm the change with your passkey/);
    const strong = await visit({ stepUp: refused.stepUp, idTokenHint: weak.idToken }, press);
    const allowed = await judge(strong, options);
    assert.equal(allowed.ok, true, allowed.why);
    const again = await judge(strong, options);
    assert.equal(again.ok, false, "atk_su_18: it was spent at the provider");
    assert.equal((await judge(strong, { acr: "phr" })).why, "bound");
    const other = { ...options, binding: { ...options.binding, details: () => [{ ...details[0], resource: "Account 2" }] } };
    assert.equal((await judge(strong, other)).ok, false);
  });

  test("takes no token of another client's resource, and no ID token", async () => {
    const other = createGuard({ issuer: the.demo.provider, audience: "http://127.0.0.1:9091/api" });
    assert.equal((await other.verify(weak.token.expose())).code, "invalid_token");
    assert.equal((await guard.verify(weak.idToken)).code, "invalid_token");
  });
});
