// This application's own leg of OpenID Connect: it sends browsers to the provider, to sign in or to step up, and redeems
// what they bring back. The protocol is openid-client's, which is a peer dependency of this entry alone.

import * as oidc from "openid-client";

import { ConfigError, checkIssuer, isTrustworthy, onlyKnown, text } from "../server/config.js";

export { WebApplication } from "./application.js";

/** Metadata is asked for again after this span, in milliseconds. */
const METADATA_LIFE = 600_000;
/** For an exchange with the provider, in seconds. */
const TIMEOUT = 5;
/** What a page can explain. Any other error came through a browser, and stays out of our pages. */
const KNOWN = ["access_denied", "unmet_authentication_requirements", "login_required", "interaction_required"];

/**
 * @typedef {object} RelyingPartyOptions
 * @property {string} issuer
 * @property {string} clientId
 * @property {string} clientSecret `client_secret_basic`
 * @property {string} redirectUri this application's callback, as registered
 * @property {string} [scope] `openid`, unless set
 */

/**
 * The secrets of one visit to the provider, to be kept for the browser that makes it.
 * @typedef {{ state: string, nonce: string, verifier: string, maxAge?: number }} Visit
 */

/**
 * @typedef {{ ok: true, sub: string, sid?: string, idToken: string, accessToken: string }
 *   | { ok: false, reason: string, why: string }} Outcome `reason` is a name that a page can explain, `why` for the log
 */

/**
 * @param {RelyingPartyOptions} options
 * @throws {ConfigError}
 */
export function createRelyingParty(options) {
  return new RelyingParty(options);
}

/** Made by {@link createRelyingParty}. */
export class RelyingParty {
  #issuer;
  #clientId;
  #clientSecret;
  #scope;
  /** @type {{ at: number, configuration: Promise<oidc.Configuration> } | undefined} Found when first needed. */
  #found;

  /** @param {RelyingPartyOptions} options */
  constructor(options) {
    onlyKnown(options, ["issuer", "clientId", "clientSecret", "redirectUri", "scope"], "relying party");
    this.#issuer = checkIssuer(options.issuer);
    this.#clientId = text(options.clientId, "clientId", "name this application as the provider does");
    this.#clientSecret = text(options.clientSecret, "clientSecret", "give the secret that the provider has for it");
    this.#scope = options.scope ?? "openid";
    if (!isTrustworthy(options.redirectUri)) {
      throw new ConfigError("`redirectUri` cannot be one", "write the https URL that is registered (http on loopback only)");
    }
    /** @readonly */
    this.redirectUri = options.redirectUri;
  }

  /**
   * Where to send the browser: to sign in, or to step up. The members of the challenge are copied as they are
   * (RFC 9470 §4); `idTokenHint` says whom it is about.
   * @param {{ stepUp?: import("../server/challenge.js").StepUp, idTokenHint?: string }} [ask]
   * @returns {Promise<{ url: string, visit: Visit }>}
   */
  async begin({ stepUp, idTokenHint } = {}) {
    const configuration = await this.#configuration();
    const visit = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier() };
    /** @type {Record<string, string>} */
    const parameters = {
      redirect_uri: this.redirectUri,
      scope: this.#scope,
      state: visit.state,
      nonce: visit.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(visit.verifier),
      code_challenge_method: "S256",
    };
    if (stepUp?.acr_values) parameters.acr_values = stepUp.acr_values;
    if (stepUp?.max_age !== undefined) parameters.max_age = String(stepUp.max_age);
    if (stepUp?.authorization_details) parameters.authorization_details = JSON.stringify(stepUp.authorization_details);
    if (idTokenHint !== undefined) parameters.id_token_hint = idTokenHint;
    const url = oidc.buildAuthorizationUrl(configuration, parameters).href;
    return { url, visit: stepUp?.max_age === undefined ? visit : { ...visit, maxAge: stepUp.max_age } };
  }

  /**
   * Redeems what a browser brought back. openid-client verifies the ID token: signature, issuer, audience, times, nonce,
   * `auth_time`, and the issuer on the answer (RFC 9207). Whose it is, the caller must compare.
   * @param {URL} url the whole address of the callback
   * @param {Visit} visit
   * @returns {Promise<Outcome>}
   */
  async finish(url, { state, nonce, verifier, maxAge }) {
    const checks = {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
      ...(maxAge === undefined ? {} : { maxAge }),
    };
    try {
      const tokens = await oidc.authorizationCodeGrant(await this.#configuration(), url, checks);
      const claims = tokens.claims();
      if (!claims || !tokens.id_token) return { ok: false, reason: "failed", why: "there is no ID token" };
      const sid = typeof claims.sid === "string" ? { sid: claims.sid } : {};
      return { ok: true, sub: claims.sub, ...sid, idToken: tokens.id_token, accessToken: tokens.access_token };
    } catch (error) {
      const why = error instanceof Error ? error.message : "the answer cannot be read";
      const reason = error instanceof oidc.AuthorizationResponseError && KNOWN.includes(error.error) ? error.error : "failed";
      return { ok: false, reason, why };
    }
  }

  #configuration() {
    const found = this.#found;
    if (found && Date.now() - found.at < METADATA_LIFE) return found.configuration;
    const isLoopback = this.#issuer.startsWith("http:");
    const configuration = oidc.discovery(
      new URL(this.#issuer),
      this.#clientId,
      undefined,
      oidc.ClientSecretBasic(this.#clientSecret),
      // `checkIssuer` lets http through on loopback only.
      { timeout: TIMEOUT, execute: isLoopback ? [oidc.allowInsecureRequests] : [] },
    );
    this.#found = { at: Date.now(), configuration };
    configuration.catch(() => (this.#found = undefined));
    return configuration;
  }
}
