// Does a valid token meet a requirement? Pure: a token, a requirement, a moment.

import { isSame } from "./details.js";
import { LEEWAY } from "./token.js";

/**
 * A requirement that is met.
 * @typedef {object} Satisfied
 * @property {string} [acr] the level that met it: the first in the requirement's order
 * @property {number} [authTime] when the person proved it
 */

/**
 * One approved action, not done yet. It must be spent, or it is done twice.
 * @typedef {object} Elevation
 * @property {string} txn its unguessable name, to insert under a unique key
 * @property {import("./token.js").Token} token the token that carries it
 * @property {unknown[]} details what was approved
 */

/**
 * The first thing that a token lacks: none of the levels; no or a future moment of authentication; too long ago; for no
 * single action; for one action, and not this one; for other details.
 * @typedef {"level" | "undated" | "too_old" | "unbound" | "bound" | "other_details"} Shortfall
 */

/**
 * @typedef {{ met: true, satisfied: Satisfied, elevation?: Elevation }
 *   | { met: false, why: "scope", scope: string }
 *   | { met: false, why: Shortfall, challenge: import("./challenge.js").Challenge }} Met
 */

/**
 * Whether `token` meets `requirement` at `now`. A token that approves one action serves that action and nothing else,
 * however strong the proof behind it.
 * @param {import("./token.js").Token} token
 * @param {import("./requirement.js").Requirement<any>} requirement
 * @param {unknown[] | undefined} details what the request would do, when the requirement is bound
 * @param {number} now seconds
 * @returns {Met}
 */
export function meets(token, requirement, details, now) {
  const { claims } = token;
  const short = (/** @type {Shortfall} */ why, lacksScope = false) =>
    /** @type {const} */ ({ met: false, why, challenge: requirement.challenge(lacksScope) });
  if (details === undefined && claims.txn !== undefined) return short("bound");
  const lacksScope = requirement.lacking(claims.scope).length > 0;
  const found = levelAndAge(claims, requirement, now);
  // Both: 401 with the scope, one round trip (RFC 9470 §3). Only a scope: 403, which no step-up cures (RFC 6750 §3.1).
  if (typeof found === "string") return short(found, lacksScope);
  if (lacksScope) return { met: false, why: "scope", scope: requirement.scopes.join(" ") };
  if (details === undefined) return { met: true, satisfied: found };
  const { txn, authorization_details: approved } = claims;
  if (txn === undefined || approved === undefined) return short("unbound");
  if (!isSame(approved, details)) return short("other_details");
  return { met: true, satisfied: found, elevation: { txn, token, details } };
}

/**
 * Levels are compared by membership: no order of names exists (RFC 9470 §2).
 * @param {import("./token.js").Claims} claims
 * @param {import("./requirement.js").Requirement<any>} requirement
 * @param {number} now
 * @returns {Satisfied | Shortfall}
 */
function levelAndAge(claims, { acrValues, maxAge }, now) {
  const { acr: own, acr_satisfied: held = [], auth_time: authTime } = claims;
  const acr = acrValues.find((wanted) => held.includes(wanted) || own === wanted);
  if (acr === undefined && acrValues.length > 0) return "level";
  const age = authTime === undefined ? undefined : now - authTime;
  if (age !== undefined && age < -LEEWAY) return "undated";
  if (maxAge !== undefined) {
    if (age === undefined) return "undated";
    if (age > maxAge + LEEWAY) return "too_old";
  }
  return { ...(acr === undefined ? {} : { acr }), ...(authTime === undefined ? {} : { authTime }) };
}
