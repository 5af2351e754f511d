// The step-up challenge of RFC 9470 §3, as a header and as the `step_up` member of a problem document.

/**
 * What is asked for.
 * @typedef {object} Challenge
 * @property {readonly string[]} acrValues acceptable levels in order of preference
 * @property {number} [maxAge] seconds; the oldest acceptable authentication
 * @property {string} [scope] scopes that are lacking as well
 */

/**
 * The step-up as a program reads it. Clients copy its members verbatim into their authorization request.
 * @typedef {object} StepUp
 * @property {string} acr_values space-separated
 * @property {number} [max_age] seconds
 * @property {unknown[]} [authorization_details]
 * @property {string} www_authenticate
 */

/** The largest `max_age` that Riser's other parts can read. */
const MAX_SECONDS = 2 ** 32 - 1;

/**
 * A space-separated list of levels (OIDC Core §3.1.2.1), each of 1 to 255 visible ASCII characters without a quote or
 * a backslash, so that it can stand in a header. `undefined` when it is not one.
 * @param {unknown} text
 * @returns {string[] | undefined}
 */
export function parseAcrValues(text) {
  if (typeof text !== "string") return undefined;
  const values = [...new Set(text.split(" ").filter((word) => word !== ""))];
  return values.every((value) => /^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/.test(value)) ? values : undefined;
}

/**
 * One scope token (RFC 6749 §3.3).
 * @param {unknown} text
 * @returns {text is string}
 */
export function isScope(text) {
  return typeof text === "string" && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text);
}

/**
 * Whole seconds, never negative.
 * @param {unknown} value
 * @returns {value is number}
 */
export function isSeconds(value) {
  return Number.isInteger(value) && /** @type {number} */ (value) >= 0 && /** @type {number} */ (value) <= MAX_SECONDS;
}

/**
 * The value of `WWW-Authenticate`.
 * @param {Challenge} challenge
 */
export function toHeader({ acrValues, maxAge, scope }) {
  const params = [
    'Bearer error="insufficient_user_authentication"',
    'error_description="A stronger or more recent authentication is required"',
  ];
  if (acrValues.length > 0) params.push(`acr_values="${acrValues.join(" ")}"`);
  if (maxAge !== undefined) params.push(`max_age="${maxAge}"`);
  if (scope !== undefined) params.push(`scope="${scope}"`);
  return params.join(", ");
}

/**
 * The challenge as a body member, with the transaction to approve.
 * @param {Challenge} challenge
 * @param {unknown[]} [details]
 * @returns {StepUp}
 */
export function toStepUp(challenge, details) {
  return {
    acr_values: challenge.acrValues.join(" "),
    ...(challenge.maxAge === undefined ? {} : { max_age: challenge.maxAge }),
    ...(details === undefined ? {} : { authorization_details: details }),
    www_authenticate: toHeader(challenge),
  };
}
