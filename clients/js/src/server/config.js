// What a guard is set up with. What is wrong here is thrown at once, and never in answer to a request.

/** Something is not configured right. `cure` says what to write instead. */
export class ConfigError extends Error {
  /**
   * @param {string} message what is wrong
   * @param {string} cure what to do about it
   */
  constructor(message, cure) {
    super(`${message}: ${cure}`);
    this.name = "ConfigError";
    this.cure = cure;
  }
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Whether secrets and keys may travel to and from `url`: https, or http that never leaves the machine.
 * @param {string} url
 */
export function isTrustworthy(url) {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, username, password } = new URL(url);
  if (username || password) return false;
  return protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname));
}

/**
 * Checks an issuer identifier (OIDC Discovery §3).
 * @param {unknown} issuer
 * @returns {string}
 */
export function checkIssuer(issuer) {
  if (typeof issuer === "string" && isTrustworthy(issuer) && !/[?#@]/.test(issuer)) return issuer;
  throw new ConfigError(
    `the issuer \`${String(issuer)}\` cannot be one`,
    "write the provider's https URL without query or fragment (http on loopback only)",
  );
}

/**
 * A text that must be there.
 * @param {unknown} value
 * @param {string} name
 * @param {string} cure
 * @returns {string}
 */
export function text(value, name, cure) {
  if (typeof value === "string" && value !== "") return value;
  throw new ConfigError(`\`${name}\` is missing`, cure);
}

/**
 * Refuses a key that nobody reads: a misspelt limit would be no limit.
 * @param {unknown} value
 * @param {readonly string[]} known
 * @param {string} name
 * @returns {Record<string, unknown>}
 */
export function onlyKnown(value, known, name) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigError(`\`${name}\` is not an object`, `write \`{ ${known[0]}: ... }\``);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw new ConfigError(`\`${name}\` has no \`${key}\``, `use ${known.join(", ")}`);
  }
  return /** @type {Record<string, unknown>} */ (value);
}
