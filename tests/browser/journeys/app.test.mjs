// An authenticator app: its picture is scanned from the screen, and password and code are two factors.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import jsQR from "jsqr";

import { facts, news } from "../lib/account.mjs";
import { device } from "../lib/browser.mjs";
import { answer, playground } from "../lib/client.mjs";
import { app } from "../lib/codes.mjs";
import { look } from "../lib/looks.mjs";
import { signIn, typePassword, visit } from "../lib/riser.mjs";
import { scene } from "../lib/scene.mjs";

/** Reads the picture as a phone would, from what is on the screen. */
async function scan(own, page) {
  const png = await page.getByTestId("qr").screenshot();
  const canvas = await own.context.newPage();
  const { data, width, height } = await canvas.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    return { data: [...data], width: image.width, height: image.height };
  }, png.toString("base64"));
  await canvas.close();
  const code = jsQR(Uint8ClampedArray.from(data), width, height, { inversionAttempts: "dontInvert" });
  assert.ok(code, "the picture can be scanned");
  return new URL(code.data);
}

async function type(page, code) {
  await page.getByTestId("code").fill(code);
  await page.locator("form", { has: page.getByTestId("code") }).getByTestId("submit").click();
}

describe("an authenticator app", () => {
  const the = scene();
  let client;
  let phone; // grace's app
  before(async () => {
    client = await playground(the.demo);
  });

  test("is added under a link for two factors, by its picture, after a wrong code", async () => {
    const grace = await device(the.browser);
    const page = await grace.open(await the.demo.link("grace", "aal2"));
    await typePassword(page, the.grace.password);
    await page.getByTestId("qr").waitFor();
    await look(page, "app-link");
    const uri = await scan(grace, page);
    assert.equal(uri.protocol, "otpauth:");
    assert.equal(decodeURIComponent(uri.pathname), "//totp/localhost:grace".slice(uri.host ? 6 : 0));
    const secret = uri.searchParams.get("secret");
    await page.getByTestId("cannot-scan").click();
    assert.equal((await page.getByTestId("manual-key").innerText()).replaceAll(/\s/g, ""), secret);
    await look(page, "app-link-key");
    // In the dark, too, it has to be dark on light.
    await page.emulateMedia({ colorScheme: "dark" });
    assert.equal((await scan(grace, page)).href, uri.href);
    await page.emulateMedia({ colorScheme: "light" });

    phone = app(secret);
    await type(page, "000000");
    await page.getByTestId("alert").filter({ hasText: /code is not right/ }).waitFor();
    assert.equal((await scan(grace, page)).href, uri.href, "the same picture as before");
    await look(page, "app-link-wrong-code");
    await type(page, await phone.next());
    await page.getByTestId("news").waitFor();
    grace.quiet();
    await grace.close();
  });

  test("and the password are two factors, and a code works once", async () => {
    const grace = await device(the.browser);
    const request = await client.begin({ acr_values: "aal2" });
    const page = await grace.open(request.url);
    await page.getByTestId("username").fill("grace");
    await page.getByTestId("username").press("Enter");
    await page.getByTestId("password").waitFor();
    await look(page, "app-sign-in-password");
    await typePassword(page, the.grace.password);
    await page.getByTestId("code").waitFor();
    await look(page, "app-sign-in-code");
    await type(page, "000000");
    await page.getByTestId("alert").filter({ hasText: /code is not right/ }).waitFor();
    await look(page, "app-sign-in-wrong-code");
    const code = await phone.next();
    const tokens = await request.redeem(await answer(page, () => type(page, code)));
    assert.equal(tokens.claims().acr, "aal2");
    assert.deepEqual(tokens.claims().amr.toSorted(), ["mfa", "otp", "pwd"]);
    await grace.close();

    const again = await device(the.browser);
    const other = await client.begin({ acr_values: "aal2" });
    const there = await again.open(other.url);
    await signIn(there, the.grace);
    await there.getByTestId("code").waitFor();
    await type(there, code);
    await there.getByTestId("alert").filter({ hasText: /Each code works once/ }).waitFor();
    await look(there, "app-sign-in-used-code");
    assert.deepEqual((await visit(there)).status, "pending");
    await again.close();
  });

  test("is added by its owner on the account's page, which says what it counts for", async () => {
    const hedy = await the.demo.addPerson("hedy");
    const own = await device(the.browser);
    const page = await own.open(`${the.demo.provider}/account`);
    await signIn(page, hedy);
    await page.getByTestId("account").waitFor();
    await page.getByTestId("add-totp").click();
    await typePassword(page, hedy.password);
    await page.getByTestId("qr").waitFor();
    await look(page, "account-add-app");
    const secret = (await scan(own, page)).searchParams.get("secret");
    await type(page, await app(secret).next());
    await news(page, /authenticator app was added/);
    const row = page.locator('[data-factor="totp"]');
    if ((await row.count()) > 0) assert.ok((await facts(row))["Counts for"]);
    await look(page, "account-with-app");
    own.quiet();
    await own.close();
  });
});
