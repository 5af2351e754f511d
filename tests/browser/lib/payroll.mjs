// What an employee does at Harbour Payroll.

import { device } from "./browser.mjs";
import { signIn } from "./riser.mjs";

export const NEW = { holder: "Ada Lovelace", iban: "DE89 3704 0044 0532 0130 00" };
export const FIRST = "DE02 1203 0000 0000 2020 51";

/** An employee at the payroll, signed in with name and password on a device that holds `passkeys`. */
export async function employee(browser, demo, person, options = {}) {
  const own = await device(browser, options);
  const page = await own.open(demo.payroll);
  await page.getByTestId("sign-in").click();
  await signIn(page, person);
  await page.getByTestId("account").waitFor();
  return { ...own, page };
}

/** Fills the form and sends it; the dialog that asks for the confirmation is open. */
export async function ask(page, { holder, iban }) {
  await page.getByTestId("new-holder").fill(holder);
  await page.getByTestId("new-iban").fill(iban);
  await page.getByTestId("submit-change").click();
  await page.getByTestId("step-up-dialog").waitFor();
}

/** Presses the dialog's button; the popup with Riser's prompt. */
export function prompt({ page, popup }) {
  return popup(page, () => page.getByTestId("step-up-confirm").click());
}

/** What stands in the form. */
export async function form(page) {
  return { holder: await page.getByTestId("new-holder").inputValue(), iban: await page.getByTestId("new-iban").inputValue() };
}

/** What the payroll says came of it. */
export async function result(page, outcome) {
  await page.locator(`[data-testid="result"][data-outcome="${outcome}"]`).waitFor();
  return page.getByTestId("result").innerText();
}

/** The account that the payroll's own file has, after a fresh load. */
export async function account(page) {
  await page.goto(new URL("/", page.url()).href);
  return page.getByTestId("account").innerText();
}

/** The requests for a change that a page sends from now on: each with its body and the status of its answer. */
export function changes(page) {
  const sent = [];
  page.on("response", (response) => {
    const request = response.request();
    if (request.method() === "PUT") sent.push({ body: request.postData(), status: response.status() });
  });
  return sent;
}
