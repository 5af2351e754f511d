// An application with pages of its own: it signs people in at the provider, keeps their tokens on its server, and sends
// them to step up. Knows no framework: a request goes in, an answer comes out, and the state of the browser is changed.

import { readFile } from "node:fs/promises";

import { ConfigError, onlyKnown } from "../server/config.js";
import { digest } from "../server/details.js";
import { NOTICES, html, plain } from "./pages.js";
import { WINDOW, approve, beginVisit, endVisit, keep, pendingOf } from "./state.js";

/**
 * A request, as every framework can tell it.
 * @typedef {object} Incoming
 * @property {string} method
 * @property {URL} url on this application's own origin, whatever `Host` says
 * @property {(name: string) => string | undefined | null} header
 * @property {import("./state.js").State} state of the browser that sent it; changed in place
 */

/**
 * @typedef {object} ApplicationOptions
 * @property {import("../server/guard.js").Guard} guard
 * @property {import("./index.js").RelyingParty} relyingParty
 * @property {(page: import("./pages.js").Page) => string} [page] the application's own look
 * @property {(refusal: import("../server/answer.js").Refusal | { code: string, why: string }) => void} [log] one line for
 *   each refusal; it holds no token
 */

const SCRIPTS = new URL("../browser/", import.meta.url);
/** What the browser loads: the client's modules, and the end of the popup. */
const FILES = ["index.js", "challenge.js", "dialog.js", "errors.js", "wait.js", "callback.js", "dialog.css"];

/** Sign-in, step-up and what lies between, for one application. */
export class WebApplication {
  #guard;
  #relyingParty;
  #page;
  #log;
  #callback;

  /** @param {ApplicationOptions} options */
  constructor(options) {
    onlyKnown(options, ["guard", "relyingParty", "page", "log"], "application");
    const { guard, relyingParty, page = plain, log = () => {} } = options;
    if (!guard || !relyingParty) {
      throw new ConfigError("`guard` or `relyingParty` is missing", "make them with createGuard and createRelyingParty");
    }
    this.#guard = guard;
    this.#relyingParty = relyingParty;
    this.#page = page;
    this.#log = log;
    this.#callback = new URL(relyingParty.redirectUri);
  }

  /** This application's own origin: that of its registered callback, and never what a request claims. */
  get origin() {
    return this.#callback.origin;
  }

  /**
   * Answers what is ours: `/login`, the callback, `/step-up` and below. `rotate` asks for a new name of the session,
   * since somebody signed in (security.md WB-02).
   * @param {Incoming} request
   * @returns {Promise<{ answer: import("../server/answer.js").Answer, rotate?: boolean } | undefined>} nothing for another's
   */
  async handle(request) {
    const { method, url } = request;
    if (method !== "GET") return undefined;
    if (url.pathname === "/login") return { answer: await this.#login(request) };
    if (url.pathname === this.#callback.pathname) return this.#finish(request);
    if (url.pathname === "/step-up") return { answer: await this.#stepUp(request) };
    const below = url.pathname.match(/^\/step-up\/([\w.-]+)$/)?.[1];
    if (below === undefined) return undefined;
    return { answer: FILES.includes(below) ? await script(below) : progress(request, below) };
  }

  /**
   * Whether a request of a browser may do what `requirement` stands for. The browser's session is the authority, so the
   * request must come from one of our own pages; what the person approved is kept beside it, and serves once.
   * @template Source
   * @param {import("../server/requirement.js").Requirement<Source>} requirement
   * @param {Incoming} request
   * @param {Source} source
   * @returns {Promise<import("../server/guard.js").Allowed | import("../server/answer.js").Refusal>}
   */
  async admit(requirement, request, source) {
    const { state } = request;
    if (!this.#isOwn(request)) return this.#told(this.#guard.refuse("cross_site", "another site's page sent it"));
    const { signedIn } = state;
    if (!signedIn) return this.#told(this.#guard.refuse("signed_out", "nobody is signed in"));
    const details = await this.#guard.details(requirement, source);
    const key = details ? await digest(details) : WINDOW;
    const token = await this.#approval(state, key);
    if (token && "code" in token) return this.#told(token);
    // Whatever comes of it, one approval serves one try: what fails is asked anew.
    if (token && details) delete state.approved?.[key];
    const allowed = await this.#guard.authorize(token ? { token } : signedIn, requirement, source, details);
    if (allowed.ok || !allowed.stepUp) return allowed.ok ? allowed : this.#told(allowed);
    const pending = keep(state, key, allowed.stepUp, seconds());
    return this.#told(withMember(allowed, "pending", pending));
  }

  /**
   * What the person approved under `key`, if it stands and is theirs; a refusal when that cannot be known now.
   * @param {import("./state.js").State} state
   * @param {string} key
   */
  async #approval({ approved = {}, signedIn }, key) {
    const text = Object.hasOwn(approved, key) ? approved[key] : undefined;
    if (text === undefined) return undefined;
    const verified = await this.#guard.verify(text);
    if (!verified.ok) return verified.code === "unavailable" ? verified : undefined;
    return verified.token.claims.sub === signedIn?.sub ? verified.token : undefined;
  }

  /** @param {Incoming} request */
  async #login({ url, state }) {
    const to = ownPath(url.searchParams.get("to"));
    return this.#away(state, {}, { to });
  }

  /**
   * To the provider, with the step-up that waits. It is our own address, so that a page can open it at once in answer to a
   * press, before any request.
   * @param {Incoming} request
   */
  async #stepUp(request) {
    const { url, state } = request;
    const id = url.searchParams.get("pending") ?? "";
    const pending = pendingOf(state, id, seconds());
    // Only our own page may send the person there: another site could otherwise choose the moment.
    if (!state.signedIn || !pending || !this.#isOwn(request)) return this.#notice(404, NOTICES.nothingWaits);
    delete pending.outcome;
    const popup = url.searchParams.get("mode") === "popup";
    const ask = { stepUp: pending.stepUp, idTokenHint: state.signedIn.idToken };
    return this.#away(state, ask, { pending: id, popup, to: ownPath(url.searchParams.get("from")) });
  }

  /**
   * @param {import("./state.js").State} state
   * @param {NonNullable<Parameters<import("./index.js").RelyingParty["begin"]>[0]>} ask
   * @param {{ to: string, pending?: string, popup?: boolean }} purpose
   */
  async #away(state, ask, purpose) {
    try {
      const { url, visit } = await this.#relyingParty.begin(ask);
      beginVisit(state, { ...visit, ...purpose, at: seconds() }, seconds());
      return redirect(url);
    } catch (error) {
      this.#log({ code: "unavailable", why: error instanceof Error ? error.message : "the provider cannot be asked" });
      return this.#notice(503, NOTICES.away);
    }
  }

  /**
   * Back from the provider.
   * @param {Incoming} request
   */
  async #finish({ url, state }) {
    const visit = endVisit(state, url.searchParams.get("state"), seconds());
    if (!visit) return { answer: this.#notice(400, NOTICES.notExpected) };
    const outcome = await this.#relyingParty.finish(new URL(url.pathname + url.search, this.#callback), visit);
    if (!outcome.ok) this.#log({ code: outcome.reason, why: outcome.why });
    if (visit.pending === undefined) return this.#signIn(state, outcome, visit.to);
    const pending = pendingOf(state, visit.pending, seconds());
    // Signed out in the meantime, or asked for again: the answer is for nobody.
    if (!state.signedIn || !pending) return { answer: this.#notice(400, NOTICES.notExpected) };
    // The hint in our request binds nobody: only the ID token says who it was.
    pending.outcome = !outcome.ok ? outcome.reason : outcome.sub === state.signedIn.sub ? "approved" : "wrong_person";
    if (outcome.ok && pending.outcome === "approved") approve(state, pending.key, outcome.accessToken);
    if (!visit.popup) return { answer: redirect(withParameter(visit.to ?? "/", "step_up", visit.pending, this.origin)) };
    const data = { state: visit.state, pending: visit.pending, outcome: pending.outcome };
    return { answer: this.#notice(200, { ...NOTICES.popup, script: "/step-up/callback.js", data }) };
  }

  /**
   * @param {import("./state.js").State} state
   * @param {import("./index.js").Outcome} outcome
   * @param {string} [to]
   */
  #signIn(state, outcome, to = "/") {
    if (!outcome.ok) return { answer: this.#notice(403, NOTICES.notSignedIn) };
    const { sub, sid, idToken, accessToken } = outcome;
    for (const member of Object.keys(state)) delete state[/** @type {keyof typeof state} */ (member)];
    Object.assign(state, { signedIn: { sub, ...(sid === undefined ? {} : { sid }), idToken }, approved: { [WINDOW]: accessToken } });
    return { answer: redirect(to), rotate: true };
  }

  /**
   * Whether the browser says that a request comes from this application itself, or is too old to say anything.
   * @param {Incoming} request
   */
  #isOwn({ header }) {
    const is = (/** @type {string} */ name, /** @type {string} */ expected) => (header(name) ?? expected) === expected;
    return is("origin", this.origin) && is("sec-fetch-site", "same-origin");
  }

  /**
   * @param {number} status
   * @param {Parameters<typeof html>[2]} page
   */
  #notice(status, page) {
    return html(this.#page, status, page);
  }

  /** @param {import("../server/answer.js").Refusal} refusal */
  #told(refusal) {
    this.#log(refusal);
    return refusal;
  }
}

const seconds = () => Math.floor(Date.now() / 1000);

/**
 * How far a step-up of this browser is.
 * @param {Incoming} request
 * @param {string} id
 */
function progress({ state }, id) {
  const pending = state.signedIn && pendingOf(state, id, seconds());
  const { outcome } = pending ?? { outcome: "unknown" };
  const ended = outcome === "approved" ? { status: "approved" } : { status: "refused", reason: outcome };
  const told = outcome === undefined ? { status: "pending" } : ended;
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return { status: pending ? 200 : 404, headers, body: JSON.stringify(told) };
}

/** @param {string} name one of `FILES` */
async function script(name) {
  const type = name.endsWith(".css") ? "text/css" : "text/javascript";
  const headers = { "content-type": `${type}; charset=utf-8`, "cache-control": "no-cache", "x-content-type-options": "nosniff" };
  return { status: 200, headers, body: await readFile(new URL(name, SCRIPTS), "utf8") };
}

/** @param {string} location */
function redirect(location) {
  // 303: whatever led here, the browser goes on with a GET (RFC 9700 §4.12).
  const headers = { location, "cache-control": "no-store", "referrer-policy": "same-origin" };
  return { status: 303, headers, body: "" };
}

/**
 * A path of our own, or the start page: nothing that a browser could read as another site's address.
 * @param {string | null} path
 */
function ownPath(path) {
  return path !== null && /^\/(?![/\\])[\w\-./~?=&%]*$/.test(path) ? path : "/";
}

/**
 * @param {string} path
 * @param {string} name
 * @param {string} value
 * @param {string} origin
 */
function withParameter(path, name, value, origin) {
  const url = new URL(path, origin);
  url.searchParams.set(name, value);
  return url.pathname + url.search;
}

/**
 * The refusal with one member more in its problem document.
 * @param {import("../server/answer.js").Refusal} refusal
 * @param {string} name
 * @param {string} value
 * @returns {import("../server/answer.js").Refusal}
 */
function withMember(refusal, name, value) {
  const body = JSON.stringify({ ...JSON.parse(refusal.answer.body), [name]: value });
  return { ...refusal, answer: { ...refusal.answer, body } };
}
