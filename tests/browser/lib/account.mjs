// What a person does on their own account's page.

import assert from "node:assert/strict";

import { prove } from "./riser.mjs";

/** The row of the credential that has this name. */
export const row = (page, name) =>
  page.locator("[data-factor]").filter({ has: page.getByRole("heading", { name, exact: true }) });

/** What a row says, by its terms. */
export async function facts(row) {
  const text = async (one) => [await one.locator("dt").innerText(), await one.locator("dd").innerText()];
  return Object.fromEntries(await Promise.all((await row.locator("dl > div").all()).map(text)));
}

/** What the last action came to, as the account's page says it. */
export async function news(page, expected) {
  const said = page.getByTestId("news");
  await said.waitFor();
  assert.match(await said.innerText(), expected);
}

/** Presses a button of the account and confirms with a passkey; what is registered comes next. */
export async function begin(page, press) {
  await press();
  await prove(page);
}

/** The rows of the activity, each as its lines. */
export async function activity(page) {
  const texts = await page.getByTestId("activity-row").allInnerTexts();
  return texts.map((text) => text.split("\n").map((line) => line.trim()).filter((line) => line !== ""));
}
