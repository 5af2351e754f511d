// Is this text an access token that the provider signed for us and that stands now? RFC 9068 §4.

import { errors, jwtVerify } from "jose";

/** How far the provider's clock and ours may be apart, in seconds. */
export const LEEWAY = 5;
/** No `none`, nothing symmetric: only keys that the provider alone has. */
const ALGORITHMS = ["ES256", "RS256"];
/** More than any of Riser's tokens, and little to read. */
const MAX_TOKEN_LENGTH = 16 * 1024;

/**
 * The claims of an access token: RFC 9068 §2.2 with `acr_satisfied`, `txn` and RFC 9396 §9.1.
 * @typedef {object} Claims
 * @property {string} iss
 * @property {string} sub the person: stable and never reassigned
 * @property {string | string[]} aud
 * @property {number} exp
 * @property {number} iat
 * @property {string} jti
 * @property {string} client_id
 * @property {string} [scope]
 * @property {string} [sid] the session, which survives a step-up
 * @property {string} [acr]
 * @property {string[]} [acr_satisfied] every level and alias that is met; never compare levels by order
 * @property {string[]} [amr]
 * @property {number} [auth_time]
 * @property {string} [txn] present exactly when the token approves one action
 * @property {unknown[]} [authorization_details]
 */

/**
 * A verified token. That it is valid says nothing of how strong or fresh the authentication was.
 * Its text is a secret and is not enumerable, so that a log of the object does not hold it.
 */
export class Token {
  #text;

  /**
   * @param {Claims} claims
   * @param {string} text
   */
  constructor(claims, text) {
    /** @readonly */
    this.claims = Object.freeze(claims);
    this.#text = text;
  }

  /** The text, which is a secret: whoever has it can use it. For asking the provider only. */
  expose() {
    return this.#text;
  }
}

/** A token that is refused. `message` is for the log: whoever sent it learns only `invalid_token`. */
export class InvalidToken extends Error {
  /**
   * @param {string} message
   * @param {boolean} [isUnknownKey] whether newer keys might help
   */
  constructor(message, isUnknownKey = false) {
    super(message);
    this.name = "InvalidToken";
    this.isUnknownKey = isUnknownKey;
  }
}

/**
 * Checks `text` with `keys`.
 * @param {string} text
 * @param {import("jose").JWTVerifyGetKey} keys
 * @param {{ issuer: string, audience: string, now: number }} expected
 * @returns {Promise<Token>}
 * @throws {InvalidToken}
 */
export async function verify(text, keys, { issuer, audience, now }) {
  if (text.length > MAX_TOKEN_LENGTH) throw new InvalidToken("the token is longer than any valid one");
  let payload;
  let header;
  try {
    ({ payload, protectedHeader: header } = await jwtVerify(text, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      typ: "at+jwt",
      clockTolerance: LEEWAY,
      currentDate: new Date(now * 1000),
      requiredClaims: ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"],
    }));
  } catch (error) {
    const isUnknownKey = error instanceof errors.JWKSNoMatchingKey;
    throw new InvalidToken(error instanceof errors.JOSEError ? error.message : "the token cannot be read", isUnknownKey);
  }
  // Riser sets no critical extension; the library knows one, and lets it pass.
  if ("crit" in header) throw new InvalidToken("the header has critical extensions");
  // RFC 9449 §7.1: bound to a key of its holder, which a mere bearer did not show.
  if ("cnf" in payload) throw new InvalidToken("the token is bound to its holder's key, which was not shown");
  if (!isShaped(payload)) throw new InvalidToken("the claims are malformed");
  if (payload.iat > now + LEEWAY) throw new InvalidToken("the token is not valid yet");
  return new Token(payload, text);
}

const isText = (/** @type {unknown} */ value) => typeof value === "string";
const isMoment = (/** @type {unknown} */ value) => Number.isSafeInteger(value);
const isTexts = (/** @type {unknown} */ value) => Array.isArray(value) && value.every(isText);

/** @type {Record<string, (value: unknown) => boolean>} */
const SHAPES = {
  sub: isText,
  jti: isText,
  client_id: isText,
  iat: isMoment,
  exp: isMoment,
};
/** @type {Record<string, (value: unknown) => boolean>} */
const OPTIONAL = {
  scope: isText,
  sid: isText,
  acr: isText,
  acr_satisfied: isTexts,
  amr: isTexts,
  auth_time: isMoment,
  txn: (value) => isText(value) && value !== "",
  authorization_details: Array.isArray,
};

/**
 * Whether every member that decides has its JSON type: `"300"` is no moment, and a text is no list.
 * @param {import("jose").JWTPayload} payload
 * @returns {payload is import("jose").JWTPayload & Claims}
 */
function isShaped(payload) {
  const needed = Object.entries(SHAPES).every(([name, fits]) => fits(payload[name]));
  return needed && Object.entries(OPTIONAL).every(([name, fits]) => payload[name] === undefined || fits(payload[name]));
}
