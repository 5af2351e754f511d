// What stands in front of an API: it verifies access tokens of one provider for one audience, holds them against a
// requirement, asks the policy and spends approvals. It fails closed.

import { refusal, stepUpRefusal, tokenRefusals } from "./answer.js";
import { ConfigError, checkIssuer, onlyKnown, text } from "./config.js";
import { readDecision } from "./decision.js";
import { Unavailable, exchange } from "./fetch.js";
import { KeyCache } from "./keys.js";
import { meets } from "./require.js";
import { Requirement } from "./requirement.js";
import { InvalidToken, verify } from "./token.js";

/**
 * @typedef {object} GuardOptions
 * @property {string} issuer the provider, byte for byte as its metadata has it
 * @property {string} audience this API's own identifier: the `resource` that the provider has registered for it
 * @property {string} [clientId] this API as the provider knows it: for decisions and for spending there
 * @property {string} [clientSecret]
 * @property {() => number} [clock] this moment, in seconds; for tests
 * @property {typeof globalThis.fetch} [fetch] for tests, and where the platform has another
 */

/** @typedef {import("./answer.js").Refusal} Refusal */
/** @typedef {{ ok: true, token: import("./token.js").Token }} Verified */
/**
 * Who asks: by a token, or by the session in which the application itself signed them in.
 * @typedef {{ token: import("./token.js").Token } | { token?: undefined, sub: string, sid?: string }} Holder
 */
/**
 * A request that may go on.
 * @typedef {object} Allowed
 * @property {true} ok
 * @property {import("./token.js").Token} [token] not there only when the policy alone decided, by the session
 * @property {import("./require.js").Satisfied} satisfied
 * @property {import("./require.js").Elevation} [elevation] of a bound action; spent already, unless by the handler
 * @property {string[]} [policies] the rules that permitted it, when the policy was asked
 */

const OPTIONS = ["issuer", "audience", "clientId", "clientSecret", "clock", "fetch"];

/**
 * A guard. Make one for a process. Nothing is fetched yet, so that an API may start before its provider.
 * @param {GuardOptions} options
 * @throws {ConfigError}
 */
export function createGuard(options) {
  return new Guard(options);
}

/** Made by {@link createGuard}. */
export class Guard {
  #audience;
  #clock;
  #fetch;
  #keys;
  /** @type {string | undefined} */
  #authorization;
  #tokens;

  /** @param {GuardOptions} options */
  constructor(options) {
    onlyKnown(options, OPTIONS, "guard");
    const { clock = () => Math.floor(Date.now() / 1000), fetch = globalThis.fetch, clientId, clientSecret } = options;
    /** @readonly */
    this.issuer = checkIssuer(options.issuer);
    this.#audience = text(options.audience, "audience", "name this API as the provider does: its `resource`");
    this.#clock = clock;
    this.#fetch = fetch;
    this.#keys = new KeyCache(this.issuer, fetch);
    if ((clientId === undefined) !== (clientSecret === undefined)) {
      throw new ConfigError("only one of `clientId` and `clientSecret` is there", "give both, or neither");
    }
    if (clientId !== undefined) {
      const id = text(clientId, "clientId", "name this API as the provider does");
      this.#authorization = basic(id, text(clientSecret, "clientSecret", "give the secret that the provider has for it"));
    }
    this.#tokens = tokenRefusals(this.issuer);
  }

  /**
   * Reads a requirement for this guard, once for a route.
   * @template Source
   * @param {import("./requirement.js").RequirementOptions<Source>} options
   * @returns {Requirement<Source>}
   * @throws {ConfigError}
   */
  requirement(options) {
    const requirement = new Requirement(options);
    const needsCredentials = requirement.action !== undefined || requirement.binding?.spend === "provider";
    if (needsCredentials && this.#authorization === undefined) {
      throw new ConfigError("the provider is asked without credentials", "give the guard `clientId` and `clientSecret`");
    }
    return requirement;
  }

  /**
   * The token of a request's `Authorization` header (RFC 6750 §2.1: the header only, never the address).
   * @param {readonly string[]} values every value of the header, as it was sent
   * @returns {Promise<Verified | Refusal>}
   */
  async authenticate(values) {
    const [value, ...others] = values;
    if (value === undefined) return this.#tokens.none();
    if (others.length > 0) return this.#tokens.ambiguous();
    if (!/^bearer( |$)/i.test(value)) return this.#tokens.none();
    const bearer = value.slice("bearer".length).trim();
    // RFC 6750 §2.1, b64token. Two headers that a server joined have a comma, and are not one.
    if (!/^[\w\-.~+/]+=*$/.test(bearer)) return this.#tokens.ambiguous();
    return this.verify(bearer);
  }

  /**
   * Verifies the text of an access token (RFC 9068 §4), fetching the provider's keys when needed.
   * @param {string} bearer
   * @returns {Promise<Verified | Refusal>}
   */
  async verify(bearer) {
    const expected = { issuer: this.issuer, audience: this.#audience, now: this.#clock() };
    try {
      const known = await this.#keys.keys(expected.now);
      try {
        return { ok: true, token: await verify(bearer, known.select, expected) };
      } catch (error) {
        if (!(error instanceof InvalidToken && error.isUnknownKey)) throw error;
        const newer = await this.#keys.newer(known, expected.now);
        if (!newer) throw error;
        return { ok: true, token: await verify(bearer, newer.select, expected) };
      }
    } catch (error) {
      if (error instanceof InvalidToken) return this.#tokens.invalid(error.message);
      if (error instanceof Unavailable) return this.#tokens.unavailable(error.message);
      throw error;
    }
  }

  /**
   * Whether `holder` may do what `requirement` stands for. Bound actions are spent here, unless by the handler.
   * @template Source
   * @param {Holder} holder
   * @param {Requirement<Source>} requirement
   * @param {Source} source what the requirement's functions are given
   * @param {unknown[]} [details] when the caller has built them before; the requirement's own otherwise
   * @returns {Promise<Allowed | Refusal>}
   */
  async authorize(holder, requirement, source, details) {
    const asked = details ?? (await this.details(requirement, source));
    // The policy first: its challenge and ours then come in one round, and the step-up converges.
    const decided = requirement.action ? await this.#decide(holder, requirement, source, asked) : undefined;
    if (decided?.ok === false) return decided;
    const policies = decided ? { policies: decided.policies } : {};
    if (!holder.token) {
      const isEnough = decided !== undefined && requirement.isPolicyAlone();
      return isEnough ? { ok: true, satisfied: {}, ...policies } : this.challenge(requirement, "no token yet", asked);
    }
    const met = meets(holder.token, requirement, asked, this.#clock());
    if (!met.met) return this.#short(met, asked);
    const { satisfied, elevation } = met;
    const spent = elevation ? await this.#spend(elevation, requirement, source) : undefined;
    if (spent?.ok === false) return spent;
    return { ok: true, token: holder.token, satisfied, ...(elevation ? { elevation } : {}), ...policies };
  }

  /**
   * What the request would do, for a bound requirement.
   * @template Source
   * @param {Requirement<Source>} requirement
   * @param {Source} source
   * @returns {Promise<unknown[] | undefined>}
   */
  async details({ binding }, source) {
    if (!binding) return undefined;
    const details = await binding.details(source);
    if (Array.isArray(details) && details.length > 0) return details;
    throw new ConfigError("`binding.details` gave no details", "answer a list with the action in it: [await riserAction({ ... })]");
  }

  /**
   * The challenge to somebody whom the application itself has signed in, and who has no token for this yet.
   * @template Source
   * @param {Requirement<Source>} requirement
   * @param {string} why for the log
   * @param {unknown[]} [details]
   */
  challenge(requirement, why, details) {
    return stepUpRefusal(this.issuer, why, requirement.challenge(true), details);
  }

  /**
   * A refusal that is the application's own.
   * @param {"signed_out" | "cross_site"} code
   * @param {string} why
   */
  refuse(code, why) {
    return refusal(this.issuer, code, why);
  }

  /**
   * Spends an elevation at the provider (`POST /elevation/consume`): of all who try, on all machines, one wins.
   * @param {import("./require.js").Elevation} elevation
   * @returns {Promise<"spent" | "already_used" | Refusal>}
   */
  async consume(elevation) {
    const body = new URLSearchParams({ token: elevation.token.expose() });
    try {
      const { status, text } = await this.#ask("/elevation/consume", body);
      if (status === 200 && /** @type {{ consumed?: unknown }} */ (JSON.parse(text))?.consumed === true) return "spent";
      if (status === 409) return "already_used";
      if (status === 401 && text.includes('"invalid_token"')) return this.#tokens.invalid("the provider does not know the token any more");
      return this.#tokens.unavailable(`the provider refused to spend with status ${status}`);
    } catch (error) {
      // It may have been spent all the same: whatever it is, the action must not be done.
      return this.#tokens.unavailable(error instanceof Unavailable ? error.message : "the provider's answer cannot be read");
    }
  }

  /**
   * @template Source
   * @param {Holder} holder
   * @param {Requirement<Source>} requirement
   * @param {Source} source
   * @param {unknown[]} [details]
   * @returns {Promise<{ ok: true, policies: string[] } | Refusal>}
   */
  async #decide(holder, { action }, source, details) {
    if (!action) throw new ConfigError("there is no action to ask about", "give the requirement an `action`");
    const resource = typeof action.resource === "function" ? await action.resource(source) : action.resource;
    const properties = await action.properties?.(source);
    const question = {
      ...named(holder, details),
      action: { name: action.name, ...(properties === undefined ? {} : { properties }) },
      resource,
    };
    const undecided = (/** @type {string} */ why) =>
      refusal(this.issuer, "unavailable", why, { detail: "the decision cannot be made now" });
    let answered;
    try {
      answered = await this.#ask("/access/v1/evaluation", JSON.stringify(question));
    } catch (error) {
      if (error instanceof Unavailable) return undecided(error.message);
      throw error;
    }
    if (answered.status !== 200) return undecided(`the decision was answered with status ${answered.status}`);
    const decision = readDecision(answered.text, details);
    if (decision.kind === "permit") return { ok: true, policies: decision.policies };
    const detail = decision.message === undefined ? {} : { detail: decision.message };
    if (decision.kind === "deny") return refusal(this.issuer, "denied", decision.why, detail);
    const code = decision.kind === "step_up" ? "step_up_required" : "enrolment_required";
    return stepUpRefusal(this.issuer, `the policy asks: ${decision.policies.join(", ")}`, decision.challenge, details, { code, ...detail });
  }

  /**
   * @param {Extract<import("./require.js").Met, { met: false }>} met
   * @param {unknown[]} [details]
   */
  #short(met, details) {
    if (met.why !== "scope") return stepUpRefusal(this.issuer, met.why, met.challenge, details);
    const challenge = `Bearer error="insufficient_scope", scope="${met.scope}"`;
    return refusal(this.issuer, "insufficient_scope", "scope", { challenge });
  }

  /**
   * @template Source
   * @param {import("./require.js").Elevation} elevation
   * @param {Requirement<Source>} requirement
   * @param {Source} source
   * @returns {Promise<{ ok: true } | Refusal>}
   */
  async #spend(elevation, requirement, source) {
    const spend = requirement.binding?.spend;
    if (spend === "handler") return { ok: true };
    // The application's own word: `true`, and nothing that merely looks like it.
    const own = async (/** @type {Function} */ spend) => ((await spend(elevation, source)) === true ? "spent" : "already_used");
    const outcome = typeof spend === "function" ? await own(spend) : await this.consume(elevation);
    if (outcome === "spent") return { ok: true };
    return outcome === "already_used" ? this.challenge(requirement, "already_used", elevation.details) : outcome;
  }

  /**
   * @param {string} path
   * @param {string | URLSearchParams} body
   */
  #ask(path, body) {
    const type = typeof body === "string" ? "application/json" : "application/x-www-form-urlencoded";
    const headers = { authorization: this.#authorization ?? "", "content-type": type, accept: "application/json" };
    return exchange(this.#fetch, `${this.issuer.replace(/\/+$/, "")}${path}`, { method: "POST", headers, body });
  }
}

/**
 * The subject and the context of a question: the session is named by the token, or by its identifier.
 * @param {Holder} holder
 * @param {unknown[]} [details]
 */
function named(holder, details) {
  const context = details === undefined ? {} : { authorization_details: details };
  if (holder.token) {
    const { token } = holder;
    return { subject: { type: "user", id: token.claims.sub }, context: { ...context, access_token: token.expose() } };
  }
  const session = holder.sid === undefined ? {} : { properties: { sid: holder.sid } };
  return { subject: { type: "user", id: holder.sub, ...session }, context };
}

/**
 * `client_secret_basic` (RFC 6749 §2.3.1): form-encoded, then base64.
 * @param {string} id
 * @param {string} secret
 */
function basic(id, secret) {
  const encode = (/** @type {string} */ text) => new URLSearchParams({ _: text }).toString().slice(2);
  return `Basic ${btoa(`${encode(id)}:${encode(secret)}`)}`;
}
