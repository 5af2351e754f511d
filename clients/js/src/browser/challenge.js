// The challenge in an answer: of the `step_up` member of a problem document, or of the header alone (RFC 9470 §3).

/**
 * @typedef {object} Asked
 * @property {import("../server/challenge.js").StepUp} stepUp
 * @property {string} pending the server's name for it; one of our own when the server keeps nothing
 * @property {boolean} isKept whether the server knows by that name what is asked, so that it need not be told
 */

/**
 * @param {Response} response
 * @returns {Promise<Asked | undefined>} nothing when it is another answer
 */
export async function challengeOf(response) {
  if (response.status !== 401) return undefined;
  const header = ofHeader(response.headers.get("www-authenticate") ?? "");
  const isProblem = /^application\/problem\+json\b/i.test(response.headers.get("content-type") ?? "");
  const problem = isProblem ? await response.clone().json().catch(() => undefined) : undefined;
  const stepUp = isStepUp(problem?.step_up) ? problem.step_up : header;
  if (!stepUp) return undefined;
  const isKept = typeof problem?.pending === "string";
  return { stepUp, pending: isKept ? problem.pending : crypto.randomUUID(), isKept };
}

/**
 * @param {any} value
 * @returns {value is import("../server/challenge.js").StepUp}
 */
function isStepUp(value) {
  if (typeof value !== "object" || value === null || typeof value.acr_values !== "string") return false;
  const { max_age: maxAge, authorization_details: details } = value;
  return (maxAge === undefined || isSeconds(maxAge)) && (details === undefined || Array.isArray(details));
}

const isSeconds = (/** @type {unknown} */ value) => Number.isSafeInteger(value) && /** @type {number} */ (value) >= 0;

/**
 * Reads `Bearer` or `DPoP` challenges. One whose limit is malformed is none: it is never read as one without a limit.
 * @param {string} header
 * @returns {import("../server/challenge.js").StepUp | undefined}
 */
function ofHeader(header) {
  const [, params] = header.match(/^\s*(?:Bearer|DPoP)\s+(.*)$/is) ?? [];
  if (params === undefined) return undefined;
  /** @type {Record<string, string>} */
  const found = Object.create(null);
  const one = /\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)/gy;
  while (one.lastIndex < params.length) {
    const [, name, quoted, plain] = one.exec(params) ?? [];
    if (name === undefined) return undefined;
    found[name.toLowerCase()] = quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "";
  }
  if (found.error !== "insufficient_user_authentication") return undefined;
  const { acr_values = "", max_age } = found;
  if (max_age !== undefined && !/^\d{1,10}$/.test(max_age)) return undefined;
  return { acr_values, ...(max_age === undefined ? {} : { max_age: Number(max_age) }), www_authenticate: header };
}
