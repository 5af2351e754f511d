// The guard as a hook of Fastify's.

/**
 * A `preHandler` that lets through only what carries a token that meets the requirement; the handler finds it as
 * `request.riser`. It runs after the body was parsed, so that the details can be built from it.
 *
 * @example
 * app.put("/salary-account", { preHandler: protect(guard, { acr: "phr", maxAge: 300 }) }, handler);
 * @param {import("../server/guard.js").Guard} guard
 * @param {import("../server/requirement.js").RequirementOptions<any>} options its functions are given Fastify's request
 * @returns {(request: any, reply: any) => Promise<unknown>}
 */
export function protect(guard, options) {
  const requirement = guard.requirement(options);
  return async (request, reply) => {
    // `headers` keeps the first of two Authorization headers and does not tell.
    const values = request.raw.headersDistinct?.authorization ?? listed(request.headers.authorization);
    const verified = await guard.authenticate(values);
    const allowed = verified.ok ? await guard.authorize(verified, requirement, request) : verified;
    if (!allowed.ok) {
      const { status, headers, body } = allowed.answer;
      // As bytes: a text would be serialised under Fastify's own idea of the content type.
      return reply.code(status).headers(headers).send(Buffer.from(body));
    }
    request.riser = allowed;
    return undefined;
  };
}

/** @param {string | undefined} value */
const listed = (value) => (value === undefined ? [] : [value]);
