// The guard around a route handler of Next's, or of anything else that takes a Request and gives a Response.

import { toResponse, valuesOf } from "./fetch.js";

/**
 * A route handler behind the guard: it is called only with a token that meets the requirement, as its third argument.
 *
 * @example
 * // app/salary-account/route.js
 * export const PUT = protect(guard, { acr: "phr", maxAge: 300 }, async (request, context, riser) => {
 *   return Response.json({ changed: riser.token.claims.sub });
 * });
 * @template Context
 * @param {import("../server/guard.js").Guard} guard
 * @param {import("../server/requirement.js").RequirementOptions<Request>} options its functions are given a copy of the
 *   request, whose body they may read
 * @param {(request: Request, context: Context, riser: import("../server/guard.js").Allowed) => Response | Promise<Response>} handler
 * @returns {(request: Request, context: Context) => Promise<Response>}
 */
export function protect(guard, options, handler) {
  const requirement = guard.requirement(options);
  return async (request, context) => {
    const verified = await guard.authenticate(valuesOf(request.headers));
    const allowed = verified.ok ? await guard.authorize(verified, requirement, request.clone()) : verified;
    return allowed.ok ? handler(request, context, allowed) : toResponse(allowed.answer);
  };
}
