// The guard as Express middleware, and an application's own sign-in and step-up on Express sessions.

import { WebApplication } from "../relying-party/application.js";

/**
 * @typedef {import("node:http").IncomingMessage & { riser?: import("../server/guard.js").Allowed, session?: any,
 *   originalUrl?: string }} Request
 */
/** @typedef {import("node:http").ServerResponse} Response */
/** @typedef {(error?: unknown) => void} Next */
/** @typedef {(request: any, response: any, next: Next) => void} Middleware */

/**
 * Lets through only what carries a token that meets the requirement; the handler finds it as `req.riser`.
 * @param {import("../server/guard.js").Guard} guard
 * @param {import("../server/requirement.js").RequirementOptions<any>} options its functions are given Express' request
 * @returns {Middleware}
 */
export function protect(guard, options) {
  const requirement = guard.requirement(options);
  return passing(async (/** @type {Request} */ request) => {
    // `headers` keeps the first of two Authorization headers and does not tell.
    const verified = await guard.authenticate(request.headersDistinct.authorization ?? []);
    return verified.ok ? guard.authorize(verified, requirement, request) : verified;
  });
}

/**
 * Sign-in and step-up for an application with pages of its own, whose browsers hold a session (express-session, or what
 * has its `regenerate`). `routes` answers `/login`, the callback and `/step-up`; `protect` guards an action of a browser's
 * own session, where no token ever reaches the browser.
 * @param {import("../relying-party/application.js").ApplicationOptions} options
 */
export function webApplication(options) {
  const application = new WebApplication(options);
  return {
    /** @type {Middleware} */
    routes: (request, response, next) => {
      route(application, request, response).then((isOurs) => isOurs || next(), next);
    },
    /**
     * @param {import("../server/requirement.js").RequirementOptions<any>} requirement
     * @returns {Middleware}
     */
    protect(requirement) {
      const read = options.guard.requirement(requirement);
      return passing((/** @type {Request} */ request) => application.admit(read, incoming(application, request), request));
    },
    /**
     * Who is signed in at this browser.
     * @param {any} request
     * @returns {{ sub: string, sid?: string } | undefined}
     */
    signedIn: (request) => request.session?.riser?.signedIn,
  };
}

/**
 * @param {WebApplication} application
 * @param {Request} request
 * @param {Response} response
 */
async function route(application, request, response) {
  const asked = incoming(application, request);
  const handled = await application.handle(asked);
  if (!handled) return false;
  if (handled.rotate) {
    await new Promise((done, fail) => {
      request.session.regenerate((/** @type {unknown} */ error) => (error ? fail(error) : done(undefined)));
    });
  }
  // An empty state is not worth a cookie.
  if (Object.keys(asked.state).length > 0) request.session.riser = asked.state;
  send(response, handled.answer);
  return true;
}

/**
 * @param {WebApplication} application
 * @param {Request} request
 * @returns {import("../relying-party/application.js").Incoming}
 */
function incoming(application, request) {
  if (!request.session) throw new Error("there is no session: put express-session in front of riser-step-up");
  const state = request.session.riser ?? {};
  return {
    method: request.method ?? "",
    url: new URL(request.originalUrl ?? request.url ?? "/", application.origin),
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    },
    state,
  };
}

/**
 * @param {(request: Request) => Promise<import("../server/guard.js").Allowed | import("../server/answer.js").Refusal>} judge
 * @returns {Middleware}
 */
function passing(judge) {
  return (request, response, next) => {
    judge(request).then((allowed) => {
      if (!allowed.ok) return send(response, allowed.answer);
      request.riser = allowed;
      next();
    }, next);
  };
}

/**
 * @param {Response} response
 * @param {import("../server/answer.js").Answer} answer
 */
function send(response, { status, headers, body }) {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}
