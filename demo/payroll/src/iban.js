// IBANs: ISO 13616.

/**
 * The electronic form of what somebody typed: capitals, no spaces.
 * @param {string} text
 */
export const compact = (text) => text.replace(/\s/g, "").toUpperCase();

/** In groups of four, as people read it. */
export const grouped = (iban) => iban.replace(/(.{4})(?=.)/g, "$1 ");

/** Whether `text` is one in its electronic form, its check digits right (ISO 7064 MOD 97-10). */
export function isIban(text) {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(text)) return false;
  const digits = [...text.slice(4), ...text.slice(0, 4)].map((character) => Number.parseInt(character, 36)).join("");
  return BigInt(digits) % 97n === 1n;
}
