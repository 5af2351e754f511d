// authorization_details (RFC 9396): their canonical form, its digest, and Riser's own type for any action.

import { base64url } from "jose";

/** Details that no person could be shown. It has a `status`, so that a framework answers 422. */
export class InvalidDetails extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "InvalidDetails";
    this.status = 422;
    this.statusCode = 422;
  }
}

/**
 * The canonical form of a JSON value (RFC 8785): the same value always gives the same text.
 *
 * ECMAScript's own serialisation of numbers and strings is what RFC 8785 §3.2.2 prescribes; what it adds is the order
 * of members, by UTF-16 code units, and that a lone surrogate is refused.
 * @param {unknown} value
 * @returns {string}
 * @throws {InvalidDetails} for what is not JSON
 */
export function canonical(value) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value === "string") {
    if (!isWellFormed(value)) throw new InvalidDetails("a text has half a character in it");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${Array.from(value, canonical).join(",")}]`;
  if (typeof value === "object" && isPlainObject(value)) {
    const members = Object.keys(value).sort();
    const record = /** @type {Record<string, unknown>} */ (value);
    return `{${members.map((name) => `${canonical(name)}:${canonical(record[name])}`).join(",")}}`;
  }
  throw new InvalidDetails(`a ${typeof value} is not a JSON value`);
}

/**
 * Whether two values are the same JSON: the same members with the same values, texts character by character.
 * @param {unknown} one
 * @param {unknown} other
 */
export function isSame(one, other) {
  try {
    return canonical(one) === canonical(other);
  } catch {
    // What has no canonical form is the same as nothing.
    return false;
  }
}

/** @param {string} text */
function isWellFormed(text) {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

/** @param {object} value */
function isPlainObject(value) {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * The SHA-256 of the canonical form, in base64url without padding.
 * @param {unknown} value
 * @returns {Promise<string>}
 */
export async function digest(value) {
  const bytes = new TextEncoder().encode(canonical(value));
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/**
 * Control characters, and what cannot be seen or turns the direction of text round. The same set as Riser's, so that
 * what is refused there is refused here, before anybody is asked.
 */
const DECEIVES = new RegExp(
  "[\\p{Cc}\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164" +
    "\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\uffff\\u{e0000}-\\u{e0fff}]",
  "u",
);
const MAX_TEXT = 140;
const MAX_ROWS = 12;

/**
 * Whether a person can read `text` as what it is: 1 to 140 characters, none of them hidden, no space at either end.
 * @param {unknown} text
 * @returns {text is string}
 */
export function isReadable(text) {
  if (typeof text !== "string" || !isWellFormed(text)) return false;
  const length = [...text].length;
  return length >= 1 && length <= MAX_TEXT && text.trim() === text && !DECEIVES.test(text);
}

/**
 * One entry of type `riser_action`: any action, with the digest of what will be executed and the lines that a person
 * reads. Everything that a person has to judge stands in `display`.
 * @param {object} action
 * @param {string} action.action what is done: `change-salary-account`
 * @param {string} action.resource to what: `employee/4711`
 * @param {unknown} action.parameters what will be executed, as JSON
 * @param {[label: string, text: string][]} action.display at most twelve lines of at most 140 characters
 * @returns {Promise<{ type: "riser_action", action: string, resource: string, parameters_sha256: string, display: [string, string][] }>}
 * @throws {InvalidDetails}
 */
export async function riserAction({ action, resource, parameters, display }) {
  for (const [name, text] of [["action", action], ["resource", resource]]) {
    if (!isReadable(text)) throw new InvalidDetails(`\`${name}\` is not a text that a person can read`);
  }
  const rows = Array.isArray(display) ? display : [];
  if (rows.length < 1 || rows.length > MAX_ROWS) throw new InvalidDetails(`\`display\` has 1 to ${MAX_ROWS} lines`);
  for (const row of rows) {
    if (!Array.isArray(row) || row.length !== 2 || !row.every(isReadable)) {
      throw new InvalidDetails("a line of `display` is a label and a text that a person can read");
    }
  }
  return { type: "riser_action", action, resource, parameters_sha256: await digest(parameters), display: rows };
}
