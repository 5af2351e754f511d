// Refusals: values that a program can tell apart, each with the HTTP answer that goes with it (RFC 6750 §3,
// RFC 9470 §3, RFC 9457).

import { toHeader, toStepUp } from "./challenge.js";

/**
 * An HTTP answer, for whichever framework.
 * @typedef {{ status: number, headers: Record<string, string>, body: string }} Answer
 */

/**
 * @typedef {"no_token" | "ambiguous" | "invalid_token" | "unavailable" | "insufficient_scope" | "step_up_required"
 *   | "enrolment_required" | "denied" | "signed_out" | "cross_site"} RefusalCode
 */

/**
 * A request that is not let through.
 * @typedef {object} Refusal
 * @property {false} ok
 * @property {RefusalCode} code
 * @property {string} why what was found, for the log: whoever sent the request does not learn it
 * @property {string} cure what would help
 * @property {Answer} answer
 * @property {import("./challenge.js").StepUp} [stepUp]
 */

/** @typedef {{ name: string, status: number, title: string, cure: string }} Facts */

/** @type {Record<RefusalCode, Facts>} */
const FACTS = {
  no_token: {
    name: "token_required",
    status: 401,
    title: "An access token is required",
    cure: "send `Authorization: Bearer`",
  },
  ambiguous: {
    name: "invalid_request",
    status: 400,
    title: "The request is not valid",
    cure: "send one Authorization header with one Bearer token",
  },
  invalid_token: {
    name: "invalid_token",
    status: 401,
    title: "The access token is not valid",
    cure: "get a new access token for this API",
  },
  unavailable: {
    name: "unavailable",
    status: 503,
    title: "Not available at the moment",
    cure: "try again in a few seconds",
  },
  insufficient_scope: {
    name: "insufficient_scope",
    status: 403,
    title: "The access token lacks a scope",
    cure: "ask for the scope when signing in",
  },
  step_up_required: {
    name: "step_up_required",
    status: 401,
    title: "A stronger authentication is required",
    cure: "send the person to the provider with the members of `step_up`",
  },
  // The same answer: the provider tells the person, and nobody else, what is missing.
  enrolment_required: {
    name: "step_up_required",
    status: 401,
    title: "A stronger authentication is required",
    cure: "send the person to the provider: it says what is missing",
  },
  denied: {
    name: "denied",
    status: 403,
    title: "This is not allowed",
    cure: "no step-up helps: ask whoever writes the policy",
  },
  signed_out: { name: "sign_in_required", status: 401, title: "Nobody is signed in here", cure: "sign in first" },
  cross_site: {
    name: "cross_site",
    status: 403,
    title: "The request came from another site",
    cure: "send it from one of this application's own pages",
  },
};

/**
 * @param {string} issuer
 * @param {RefusalCode} code
 * @param {string} why
 * @param {{ challenge?: string, detail?: string, stepUp?: import("./challenge.js").StepUp, members?: Record<string, unknown> }} [more]
 * @returns {Refusal}
 */
export function refusal(issuer, code, why, { challenge, detail, stepUp, members = {} } = {}) {
  const { name, status, title, cure } = FACTS[code];
  const problem = {
    type: `${issuer.replace(/\/+$/, "")}/problems/${name}`,
    title,
    status,
    ...(detail === undefined ? {} : { detail }),
    ...(stepUp === undefined ? {} : { step_up: stepUp }),
    ...members,
  };
  const headers = {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    ...(challenge === undefined ? {} : { "www-authenticate": challenge }),
    ...(status === 503 ? { "retry-after": "5" } : {}),
  };
  const answer = { status, headers, body: JSON.stringify(problem) };
  return { ok: false, code, why, cure, answer, ...(stepUp === undefined ? {} : { stepUp }) };
}

/**
 * The answers to a request whose token is missing, bad or cannot be judged. They are the same whatever the action
 * requires: who has no valid token learns nothing of that (RFC 9470 §9).
 * @param {string} issuer
 */
export function tokenRefusals(issuer) {
  return {
    // RFC 6750 §3.1: without any credentials, no error code.
    none: () => refusal(issuer, "no_token", "the request has no bearer token", { challenge: "Bearer" }),
    ambiguous: () =>
      refusal(issuer, "ambiguous", "more than one Authorization header, or a malformed one", {
        challenge: 'Bearer error="invalid_request"',
        detail: FACTS.ambiguous.cure,
      }),
    invalid: (/** @type {string} */ why) => refusal(issuer, "invalid_token", why, { challenge: 'Bearer error="invalid_token"' }),
    unavailable: (/** @type {string} */ why) => refusal(issuer, "unavailable", why, { detail: "the token cannot be checked now" }),
  };
}

/**
 * The 401 of RFC 9470 §3. Its body has a `step_up` member, which a client copies verbatim into its authorization
 * request.
 * @param {string} issuer
 * @param {string} why
 * @param {import("./challenge.js").Challenge} challenge
 * @param {unknown[]} [details]
 * @param {{ code?: "step_up_required" | "enrolment_required", detail?: string, members?: Record<string, unknown> }} [more]
 */
export function stepUpRefusal(issuer, why, challenge, details, { code = "step_up_required", ...more } = {}) {
  return refusal(issuer, code, why, { ...more, challenge: toHeader(challenge), stepUp: toStepUp(challenge, details) });
}
