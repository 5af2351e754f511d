// The guard as Hono middleware, on any of its platforms.

import { toResponse, valuesOf } from "./fetch.js";

/**
 * Lets through only what carries a token that meets the requirement; the handler finds it as `c.get("riser")`.
 * @param {import("../server/guard.js").Guard} guard
 * @param {import("../server/requirement.js").RequirementOptions<any>} options its functions are given Hono's context, whose
 *   `c.req.json()` may be read again by the handler
 * @returns {(c: any, next: () => Promise<void>) => Promise<Response | void>}
 */
export function protect(guard, options) {
  const requirement = guard.requirement(options);
  return async (c, next) => {
    const verified = await guard.authenticate(valuesOf(c.req.raw.headers));
    const allowed = verified.ok ? await guard.authorize(verified, requirement, c) : verified;
    if (!allowed.ok) return toResponse(allowed.answer);
    c.set("riser", allowed);
    await next();
  };
}
