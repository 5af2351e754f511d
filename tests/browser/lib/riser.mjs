// What a person does on Riser's own pages.

import assert from "node:assert/strict";

/** The visit that `page` shows: its kind, and how it stands. */
export async function visit(page) {
  const main = page.getByTestId("interaction");
  await main.waitFor();
  return { kind: await main.getAttribute("data-kind"), status: await main.getAttribute("data-status") };
}

/** Types the name, and then the password, on two pages. */
export async function signIn(page, { username, password }) {
  await page.getByTestId("username").fill(username);
  await page.getByTestId("submit").click();
  await typePassword(page, password);
}

export async function typePassword(page, password) {
  await page.getByTestId("password").fill(password);
  await page.getByTestId("submit").click();
}

/** Opens the link to a first passkey, signs in there (the link knows the name), and adds it. `see` is shown every page on the way. */
export async function enrol(device, person, see = async () => {}) {
  const page = await device.open(person.enrolment_url);
  assert.equal((await visit(page)).kind, "enrol");
  await page.getByTestId("password").waitFor();
  await see(page, "enrol-sign-in");
  await typePassword(page, person.password);
  await page.getByTestId("passkey").waitFor();
  await see(page, "enrol-passkey");
  await page.getByTestId("passkey").click();
  await page.getByTestId("closed-account").waitFor();
  assert.match(await page.getByTestId("news").innerText(), /passkey was added/);
  return page;
}

/** Opens one's account with a passkey; `page` may stand anywhere. */
export async function openAccount(page, provider) {
  await page.goto(`${provider}/account`);
  await page.getByTestId("open-account").click();
  await prove(page);
  await page.getByTestId("account").waitFor();
}

/** Presses the passkey's button of the visit that `page` shows, and waits until the next page is there. */
export async function prove(page) {
  await page.getByTestId("passkey").waitFor();
  await Promise.all([page.waitForEvent("load"), page.getByTestId("passkey").click()]);
}

/** What the prompt says will be done: the rows by their names. */
export async function transaction(page) {
  const rows = page.getByTestId("transaction-row");
  return Promise.all(
    (await rows.all()).map(async (row) => ({
      field: await row.getAttribute("data-field"),
      text: (await row.innerText()).replaceAll("\u00a0", " "),
    })),
  );
}
