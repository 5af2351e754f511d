// What an action needs of the authentication behind a token. Read once, when the route is set up.

import { isScope, isSeconds, parseAcrValues } from "./challenge.js";
import { ConfigError, onlyKnown, text } from "./config.js";

/** The shortest `maxAge`, in seconds: below it, the person's own speed decides. */
const MIN_MAX_AGE = 30;

/**
 * How an approved action is spent, so that it is done once:
 * - `"provider"`: the guard spends it at `/elevation/consume` before the handler runs;
 * - a function: it spends `elevation.txn` and answers `true`, or anything else when that was used before;
 * - `"handler"`: the handler does, in the database transaction of the effect, which also survives a crash between the
 *   two. It finds the elevation beside the token, and must insert its `txn` under a unique key.
 * @template Source
 * @typedef {"provider" | "handler" | ((elevation: import("./require.js").Elevation, source: Source) => boolean | Promise<boolean>)} Spend
 */

/**
 * @template Source what the framework gives: Express' request, Hono's context
 * @typedef {object} RequirementOptions
 * @property {string} [acr] levels, space-separated, in order of preference: one of them is required
 * @property {number} [maxAge] the oldest acceptable authentication, in seconds; without `binding` this is a window, in
 *   which one step-up serves any number of requests
 * @property {string} [scope] scopes, space-separated: all of them are required
 * @property {{ details: (source: Source) => unknown[] | Promise<unknown[]>, spend: Spend<Source> }} [binding] the person
 *   approves this very action: `details` builds its `authorization_details` from the request that was just parsed
 * @property {{ name: string, resource: Resource | ((source: Source) => Resource | Promise<Resource>),
 *   properties?: (source: Source) => Record<string, unknown> | Promise<Record<string, unknown>> }} [action] ask Riser's
 *   policy about this action (`/access/v1/evaluation`)
 */

/** @typedef {{ type: string, id: string, properties?: Record<string, unknown> }} Resource */

/**
 * A requirement that was read.
 * @template Source
 */
export class Requirement {
  /** @param {RequirementOptions<Source>} options */
  constructor(options) {
    const { acr, maxAge, scope, binding, action } = /** @type {RequirementOptions<Source>} */ (
      onlyKnown(options, ["acr", "maxAge", "scope", "binding", "action"], "requirement")
    );
    /** @readonly */
    this.acrValues = Object.freeze(acr === undefined ? [] : levels(acr));
    /** @readonly */
    this.maxAge = maxAge === undefined ? undefined : window(maxAge);
    /** @readonly */
    this.scopes = Object.freeze(scope === undefined ? [] : scopes(scope));
    /** @readonly */
    this.binding = binding === undefined ? undefined : bound(binding);
    /** @readonly */
    this.action = action === undefined ? undefined : named(action);
    if (this.acrValues.length === 0 && this.maxAge === undefined && this.action === undefined) {
      throw new ConfigError("the requirement asks for nothing", 'name an `acr`, as in `acr: "phr"`, a `maxAge` or an `action`');
    }
  }

  /** Whether nothing is asked for but the policy's word. */
  isPolicyAlone() {
    const asks = this.acrValues.length + this.scopes.length > 0 || this.maxAge !== undefined || this.binding !== undefined;
    return this.action !== undefined && !asks;
  }

  /**
   * The scopes that `granted`, a space-separated list, lacks.
   * @param {string | undefined} granted
   */
  lacking(granted = "") {
    const has = granted.split(" ");
    return this.scopes.filter((scope) => !has.includes(scope));
  }

  /**
   * The challenge to whoever falls short. It is the same for everybody: it must not tell who is worth more trouble
   * (RFC 9470 §9).
   * @param {boolean} lacksScope
   * @returns {import("./challenge.js").Challenge}
   */
  challenge(lacksScope) {
    const scope = lacksScope && this.scopes.length > 0 ? { scope: this.scopes.join(" ") } : {};
    return { acrValues: this.acrValues, ...(this.maxAge === undefined ? {} : { maxAge: this.maxAge }), ...scope };
  }
}

/** @param {string} acr */
function levels(acr) {
  const values = parseAcrValues(acr);
  if (values && values.length > 0) return values;
  throw new ConfigError(`\`${acr}\` is not a list of levels`, 'write their names with spaces between, as in `acr: "phrh phr"`');
}

/** @param {number} maxAge */
function window(maxAge) {
  if (isSeconds(maxAge) && maxAge >= MIN_MAX_AGE) return maxAge;
  throw new ConfigError(
    `a maxAge of ${String(maxAge)} is none`,
    `write whole seconds, ${MIN_MAX_AGE} or more; to have an action approved at this very moment, give it a \`binding\``,
  );
}

/** @param {string} scope */
function scopes(scope) {
  const values = typeof scope === "string" ? scope.split(" ").filter((one) => one !== "") : [];
  if (values.length > 0 && values.every(isScope)) return values;
  throw new ConfigError(`\`${scope}\` is not a list of scopes`, "write scope tokens with spaces between");
}

/**
 * @template Source
 * @param {NonNullable<RequirementOptions<Source>["binding"]>} binding
 */
function bound(binding) {
  onlyKnown(binding, ["details", "spend"], "binding");
  const { details, spend } = binding;
  if (typeof details !== "function") {
    throw new ConfigError("`binding.details` is not a function", "build the details from the request: `details: (req) => [...]`");
  }
  if (typeof spend !== "function" && spend !== "provider" && spend !== "handler") {
    throw new ConfigError("`binding.spend` is missing", 'say who makes it work once: `"provider"`, `"handler"`, or a function');
  }
  return Object.freeze({ details, spend });
}

/**
 * @template Source
 * @param {NonNullable<RequirementOptions<Source>["action"]>} action
 */
function named(action) {
  onlyKnown(action, ["name", "resource", "properties"], "action");
  text(action.name, "action.name", "name the action as the policy does");
  const { resource } = action;
  if (typeof resource !== "function" && (typeof resource?.type !== "string" || typeof resource.id !== "string")) {
    throw new ConfigError("`action.resource` is missing", 'write `{ type: "Account", id: "main" }` or a function of the request');
  }
  return Object.freeze({ ...action });
}
