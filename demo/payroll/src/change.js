// A change of the account that a salary goes to: as it is asked for, and the one form in which it is approved.

import { isReadable, riserAction } from "riser-step-up/server";

import { compact, grouped, isIban } from "./iban.js";

/** A request that cannot be taken, with what to do about each field. Express answers it by its `status`. */
export class BadChange extends Error {
  /** @param {{ field: string, cure: string }[]} fields */
  constructor(fields) {
    super("Some fields need another look");
    this.status = 422;
    this.fields = fields;
  }
}

/**
 * Reads the body of `PUT /api/salary-account`.
 * @returns {{ holder: string, iban: string }}
 * @throws {BadChange}
 */
export function parse(body) {
  const { holder, iban, ...more } = typeof body === "object" && body !== null ? body : {};
  const fields = [];
  if (!isReadable(holder)) fields.push({ field: "holder", cure: "Write the holder's name, without hidden characters." });
  const account = typeof iban === "string" ? compact(iban) : "";
  if (!isIban(account)) fields.push({ field: "iban", cure: "Check the IBAN: its check digits do not fit." });
  if (Object.keys(more).length > 0) fields.push({ field: Object.keys(more)[0], cure: "Leave this out." });
  if (fields.length > 0) throw new BadChange(fields);
  return { holder, iban: account };
}

/**
 * What the person approves: always built from the change itself. It is asked for, shown, signed, and compared again
 * before anything is changed.
 */
export async function details(employee, { holder, iban }) {
  const action = await riserAction({
    action: "change-salary-account",
    resource: `employee/${employee}`,
    parameters: { employee, holder, iban },
    display: [
      ["Holder", holder],
      ["New account", grouped(iban)],
    ],
  });
  return [action];
}
