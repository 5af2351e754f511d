// What the adapters of Request and Response share.

/**
 * The values of the Authorization header. Two of them stand in one text here, with a comma, which no token has: the
 * guard refuses that.
 * @param {Headers} headers
 */
export function valuesOf(headers) {
  const value = headers.get("authorization");
  return value === null ? [] : [value];
}

/** @param {import("../server/answer.js").Answer} answer */
export function toResponse({ status, headers, body }) {
  return new Response(body, { status, headers });
}
