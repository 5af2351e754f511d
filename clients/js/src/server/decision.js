// Riser's answer to "may this be done?" (OpenID AuthZEN Authorization API 1.0), read so strictly that an answer which
// was altered on the way is a no.

import { isSeconds, parseAcrValues } from "./challenge.js";
import { isSame } from "./details.js";

/**
 * @typedef {{ kind: "permit", policies: string[] }
 *   | { kind: "step_up" | "enrolment", policies: string[], message?: string, challenge: import("./challenge.js").Challenge }
 *   | { kind: "deny", policies: string[], message?: string, why: string }} Decision
 */

/**
 * Reads the body of an answer.
 * @param {string} text
 * @param {unknown[] | undefined} asked the details that were asked about
 * @returns {Decision}
 */
export function readDecision(text, asked) {
  /** @returns {Decision} */
  const malformed = (/** @type {string} */ why) => ({ kind: "deny", policies: [], why });
  const body = objectOf(parse(text));
  if (!body) return malformed("the answer is not a JSON object");
  const { decision } = body;
  if (decision !== true && decision !== false) return malformed("`decision` is neither true nor false");
  const context = body.context === undefined ? {} : objectOf(body.context);
  if (!context) return malformed("`context` is not an object");
  const { reason, policies = [], message, step_up: stepUp } = context;
  if (!Array.isArray(policies) || !policies.every((one) => typeof one === "string")) return malformed("`policies` is not a list of names");
  if (message !== undefined && typeof message !== "string") return malformed("`message` is not a text");
  const told = { policies: /** @type {string[]} */ (policies), ...(message === undefined ? {} : { message }) };
  if (decision) {
    // A yes that names a reason against itself is no yes.
    const isPlain = (reason === undefined || reason === "permitted") && stepUp === undefined;
    return isPlain ? { kind: "permit", policies: told.policies } : malformed("the answer contradicts itself");
  }
  if (reason === undefined || reason === "denied") return { kind: "deny", ...told, why: "the policy says no" };
  if (reason !== "step_up_required" && reason !== "enrolment_required") return malformed("`reason` is not one that goes with a no");
  const challenge = challengeOf(objectOf(stepUp), asked);
  if (!challenge) return malformed("`step_up` cannot be used");
  return { kind: reason === "step_up_required" ? "step_up" : "enrolment", ...told, challenge };
}

/**
 * @param {Record<string, unknown> | undefined} stepUp
 * @param {unknown[] | undefined} asked
 * @returns {import("./challenge.js").Challenge | undefined}
 */
function challengeOf(stepUp, asked) {
  const acrValues = parseAcrValues(stepUp?.acr_values);
  if (!stepUp || !acrValues || acrValues.length === 0) return undefined;
  const { max_age: maxAge, authorization_details: details } = stepUp;
  if (maxAge !== undefined && !isSeconds(maxAge)) return undefined;
  // What the person would approve must be what was asked about, and nothing where nothing was.
  if (details !== undefined && (asked === undefined || !isSame(details, asked))) return undefined;
  return { acrValues, ...(maxAge === undefined ? {} : { maxAge }) };
}

/** @param {string} text */
function parse(text) {
  try {
    return /** @type {unknown} */ (JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * @param {unknown} value
 * @returns {Record<string, unknown> | undefined}
 */
function objectOf(value) {
  const is = typeof value === "object" && value !== null && !Array.isArray(value);
  return is ? /** @type {Record<string, unknown>} */ (value) : undefined;
}
