// The provider's keys: fetched when first needed, again when they grow old or a token names an unknown one, and
// never more often than is decent.

import { createLocalJWKSet } from "jose";

import { isTrustworthy } from "./config.js";
import { Unavailable, document } from "./fetch.js";

/** A key that the provider withdrew is forgotten within this span, in seconds. */
const STALE_AFTER = 600;
/** A provider that cannot be reached denies nothing for this long, in seconds, and everything after. */
const DISCARD_AFTER = 3600;
/** Time to recover after a failed fetch, in seconds. */
const HOLD_OFF = 2;
/** Tokens with unknown key names, which anybody can send, cause at most one fetch in this span, in seconds. */
const REFETCH_INTERVAL = 30;

/** @typedef {{ select: import("jose").JWTVerifyGetKey, at: number }} Keys */

/** The keys of one issuer. */
export class KeyCache {
  /** @type {Keys | undefined} */
  #cached;
  /** @type {number | undefined} */
  #lastTry;
  /** @type {Promise<Keys> | undefined} One fetch at a time, shared by all who wait for it. */
  #underWay;
  #issuer;
  #fetch;

  /**
   * @param {string} issuer
   * @param {typeof globalThis.fetch} fetch
   */
  constructor(issuer, fetch) {
    this.#issuer = issuer;
    this.#fetch = fetch;
  }

  /**
   * The keys to verify with at `now`.
   * @param {number} now
   * @returns {Promise<Keys>}
   * @throws {Unavailable}
   */
  async keys(now) {
    const cached = this.#cached;
    if (cached && isWithin(STALE_AFTER, now, cached.at)) return cached;
    try {
      return await this.#renew(now, HOLD_OFF);
    } catch (error) {
      if (cached && isWithin(DISCARD_AFTER, now, cached.at)) return cached;
      throw error;
    }
  }

  /**
   * Other keys than `known`, because a token names one that is not among them; nothing when it is too early.
   * @param {Keys} known
   * @param {number} now
   * @returns {Promise<Keys | undefined>}
   * @throws {Unavailable}
   */
  async newer(known, now) {
    if (this.#cached && this.#cached !== known) return this.#cached;
    if (!this.#underWay && this.#lastTry !== undefined && isWithin(REFETCH_INTERVAL, now, this.#lastTry)) return undefined;
    return this.#renew(now, REFETCH_INTERVAL);
  }

  /**
   * @param {number} now
   * @param {number} interval
   */
  #renew(now, interval) {
    if (this.#underWay) return this.#underWay;
    if (this.#lastTry !== undefined && isWithin(interval, now, this.#lastTry)) {
      return Promise.reject(new Unavailable("the provider could not be asked a moment ago"));
    }
    this.#lastTry = now;
    this.#underWay = this.#load(now).finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  /** @param {number} now */
  async #load(now) {
    const url = `${this.#issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`;
    const metadata = /** @type {{ issuer?: unknown, jwks_uri?: unknown } | null} */ (await document(this.#fetch, url));
    // OIDC Discovery §4.3: exactly the same, or one issuer could speak for another.
    if (metadata?.issuer !== this.#issuer) throw new Unavailable(`\`${url}\` is another issuer's`);
    const { jwks_uri: at } = metadata;
    if (typeof at !== "string" || !isTrustworthy(at)) throw new Unavailable(`\`${url}\`: jwks_uri is not an https URL`);
    const select = parse(await document(this.#fetch, at), at);
    this.#cached = { select, at: now };
    return this.#cached;
  }
}

/**
 * @param {unknown} jwks
 * @param {string} url
 * @returns {import("jose").JWTVerifyGetKey}
 */
function parse(jwks, url) {
  try {
    const set = /** @type {import("jose").JSONWebKeySet} */ (jwks);
    const select = createLocalJWKSet(set);
    const kids = set.keys.map(({ kid }) => kid).filter((kid) => kid !== undefined);
    // RFC 7517 §4.5: of two keys with one name, `kid` chooses neither.
    if (new Set(kids).size !== kids.length) throw new Error("two keys have one name");
    return /** @type {import("jose").JWTVerifyGetKey} */ (select);
  } catch {
    throw new Unavailable(`\`${url}\` is not a set of keys`);
  }
}

/**
 * Whether `then` is less than `span` seconds ago. A `then` in the future is not: the clock was set back.
 * @param {number} span
 * @param {number} now
 * @param {number} then
 */
function isWithin(span, now, then) {
  return now >= then && now - then < span;
}
