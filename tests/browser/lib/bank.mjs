// What a customer does at Larchmont Bank.

import assert from "node:assert/strict";

import { device } from "./browser.mjs";
import { signIn } from "./riser.mjs";

export const ACME = { payee: "ACME GmbH", iban: "DE89370400440532013000", amount: "1234.00", reference: "Invoice 7" };

/** A customer at the bank, signed in with name and password on a device that holds `passkeys`. */
export async function customer(browser, demo, person, options = {}) {
  const own = await device(browser, options);
  const page = await own.open(demo.bank);
  await page.getByTestId("sign-in").click();
  await signIn(page, person);
  await page.getByTestId("balance").waitFor();
  return { ...own, page };
}

/** The balance in cents. */
export async function balance(page) {
  const text = await page.getByTestId("balance").innerText();
  return Number(text.replaceAll(/[^0-9]/g, ""));
}

export async function fill(page, transfer) {
  for (const field of ["payee", "iban", "amount", "reference"]) {
    await page.getByTestId(field).fill(transfer[field] ?? "");
  }
}

/** What stands in the form. */
export async function form(page) {
  const fields = ["payee", "iban", "amount", "reference"];
  const values = await Promise.all(fields.map((field) => page.getByTestId(field).inputValue()));
  return Object.fromEntries(fields.map((field, index) => [field, values[index]]));
}

/** Fills the form and sends it; the dialog that asks for the passkey is open. */
export async function ask(page, transfer) {
  await fill(page, transfer);
  await page.getByTestId("submit-transfer").click();
  await page.getByTestId("confirm-dialog").waitFor();
}

/** Presses the dialog's button; the popup with Riser's prompt. */
export function prompt({ page, popup }) {
  return popup(page, () => page.getByTestId("confirm-passkey").click());
}

/** Presses the passkey in the popup, which closes by itself. */
export async function confirm(popup) {
  const closed = popup.waitForEvent("close");
  await popup.getByTestId("passkey").click();
  await closed;
}

/** What the bank says came of it: its outcome and its words. */
export async function result(page, outcome) {
  const result = page.getByTestId("result");
  await page.locator(`[data-testid="result"][data-outcome="${outcome}"]`).waitFor();
  return result.innerText();
}

/** The transfers that the bank lists after a fresh load: what its database says, not what the page remembers. */
export async function recent(page) {
  await page.goto(new URL("/", page.url()).href);
  return page.getByTestId("recent-transfers").locator("li").allInnerTexts();
}

/** Asserts that nothing moved: `was` is the balance before. */
export async function nothingMoved(page, was) {
  assert.deepEqual(await recent(page), []);
  assert.equal(await balance(page), was);
}
