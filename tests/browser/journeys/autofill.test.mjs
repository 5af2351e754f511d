// Passkeys in the list under the name's field, and what passkey managers are told of what still works.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { begin, news, row } from "../lib/account.mjs";
import { Authenticator, KINDS, device } from "../lib/browser.mjs";
import { answer, playground } from "../lib/client.mjs";
import { prove, signIn, visit } from "../lib/riser.mjs";
import { scene } from "../lib/scene.mjs";

/** An authenticator that waits for its person, so that an offer stays one until it is taken up. */
const PATIENT = { ...KINDS.platform, automaticPresenceSimulation: false };

describe("a passkey at sign-in", () => {
  const the = scene();
  let client;
  let passkeys;
  before(async () => {
    client = await playground(the.demo);
    passkeys = await the.enrolled(the.ada);
  });

  /** A sign-in whose page has asked for the passkeys of the name's list and waits. */
  async function offered(own) {
    const request = await client.begin();
    await own.context.addInitScript(() => {
      const get = navigator.credentials?.get.bind(navigator.credentials);
      if (!get) return;
      navigator.credentials.get = (options) => {
        const chosen = get(options);
        window.asked = options.mediation;
        return chosen;
      };
    });
    const page = await own.open(request.url);
    await page.waitForFunction(() => window.asked === "conditional");
    await page.waitForTimeout(500); // from the page to the authenticator
    return { request, page };
  }

  test("is chosen from the name's list, without a press", async () => {
    const own = await device(the.browser, { passkeys, autofill: true });
    let choose; // a virtual authenticator chooses as soon as it is asked: so it is asked when somebody would choose
    const held = new Promise((done) => (choose = done));
    await own.context.route("**/passkey/options", async (route) => {
      await held;
      await route.continue();
    });
    const request = await client.begin();
    const page = await own.open(request.url);
    assert.deepEqual(await visit(page), { kind: "login", status: "pending" });
    assert.equal(await page.getByTestId("username").getAttribute("autocomplete"), "username webauthn");
    const tokens = await request.redeem(await answer(page, async () => choose()));
    assert.equal(tokens.claims().acr, "phr");
    own.quiet();
    await own.close();
  });

  test("is pressed for, while the list still offers it: the offer ends and the press counts", async () => {
    const own = await device(the.browser, { passkeys, kind: PATIENT, autofill: true });
    const { request, page } = await offered(own);
    await own.authenticator.tell(page, "setAutomaticPresenceSimulation", { enabled: true });
    assert.deepEqual(await visit(page), { kind: "login", status: "pending" }, "the offer waits");
    const tokens = await request.redeem(await answer(page, () => page.getByTestId("passkey").click()));
    assert.equal(tokens.claims().acr, "phr");
    own.quiet();
    await own.close();
  });

  test("is offered and left alone by who types a password", async () => {
    const own = await device(the.browser, { passkeys, kind: PATIENT, autofill: true });
    const { request, page } = await offered(own);
    const tokens = await request.redeem(await answer(page, () => signIn(page, the.ada)));
    assert.equal(tokens.claims().acr, "aal1");
    own.quiet();
    await own.close();
  });

  test("is not offered in a list where something is approved", async () => {
    const own = await device(the.browser, { passkeys, autofill: true });
    const details = [
      {
        type: "payment_initiation",
        instructedAmount: { currency: "EUR", amount: "1.00" },
        creditorName: "ACME GmbH",
        creditorAccount: { iban: "DE89370400440532013000" },
      },
    ];
    const request = await client.begin({ acr_values: "phr", authorization_details: JSON.stringify(details) });
    const page = await own.open(request.url);
    await page.getByTestId("transaction").waitFor();
    await page.waitForTimeout(1_000);
    assert.deepEqual(await visit(page), { kind: "login", status: "pending" });
    assert.equal(await page.getByTestId("username").getAttribute("autocomplete"), "username");
    await own.close();
  });
});

describe("a passkey manager", () => {
  const the = scene();

  /** A device whose browser tells what it was told. */
  async function told(options) {
    const own = await device(the.browser, options);
    const calls = [];
    await own.context.exposeFunction("signalled", (method, given) => calls.push({ method, ...given }));
    await own.context.addInitScript(() => {
      for (const method of ["signalAllAcceptedCredentials", "signalCurrentUserDetails", "signalUnknownCredential"]) {
        if (window.PublicKeyCredential) PublicKeyCredential[method] = async (options) => window.signalled(method, options);
      }
    });
    /** The last call of that name. */
    const last = async (method) => {
      for (let tries = 0; tries < 50; tries += 1) {
        const found = calls.findLast((call) => call.method === method);
        if (found) return found;
        await new Promise((done) => setTimeout(done, 100));
      }
      throw new Error(`${method} was not called`);
    };
    return { ...own, take: own.take, calls, last };
  }

  const ids = (passkeys) => passkeys.map(({ credentialId }) => Buffer.from(credentialId, "base64").toString("base64url"));

  test("is told what still works, after each change, and what does not", async () => {
    const passkeys = await the.enrolled(the.ada);
    const ada = await told({ passkeys });
    const page = await ada.open(`${the.demo.provider}/account`);
    await prove(page);
    await page.getByTestId("account").waitFor();
    const first = await ada.last("signalAllAcceptedCredentials");
    assert.equal(first.rpId, "localhost");
    assert.deepEqual(first.allAcceptedCredentialIds, ids(passkeys));
    const details = await ada.last("signalCurrentUserDetails");
    assert.deepEqual([details.rpId, details.name, details.displayName], ["localhost", "ada", "ada"]);
    const { userHandle } = passkeys[0];
    assert.equal(details.userId, Buffer.from(userHandle, "base64").toString("base64url"));
    assert.equal(first.userId, details.userId);

    const phone = new Authenticator(KINDS.synced);
    await begin(page, () => page.getByTestId("add-passkey").click());
    await ada.take(phone);
    ada.calls.length = 0;
    await prove(page);
    await news(page, /passkey was added/);
    const both = await ada.last("signalAllAcceptedCredentials");
    assert.deepEqual(both.allAcceptedCredentialIds.toSorted(), [...ids(passkeys), ...ids(phone.passkeys)].toSorted());

    await row(page, "Passkey of one device").getByTestId("remove").click();
    ada.calls.length = 0;
    await prove(page);
    await news(page, /was removed/);
    const left = await ada.last("signalAllAcceptedCredentials");
    assert.deepEqual(left.allAcceptedCredentialIds, ids(phone.passkeys));
    ada.quiet();
    await ada.close();

    const old = await told({ passkeys });
    const there = await old.open(`${the.demo.provider}/account`);
    await there.getByTestId("passkey").click();
    await there.getByTestId("alert").filter({ hasText: /cannot be used/ }).waitFor();
    const unknown = await old.last("signalUnknownCredential");
    assert.deepEqual(unknown, { method: "signalUnknownCredential", rpId: "localhost", credentialId: ids(passkeys)[0] });
    await old.close();
  });
});
