// `fetch`, for a page whose server may ask for a stronger authentication: the person confirms in a window of the
// provider's, and the page's own request is sent once more. The page stays, and so does its form.

import { challengeOf } from "./challenge.js";
import { confirmed, rowsOf } from "./dialog.js";
import { StepUpError } from "./errors.js";
import { outcome, progress } from "./wait.js";

export { StepUpError } from "./errors.js";

/**
 * @typedef {object} StepUpOptions
 * @property {string} [begin] this application's own address that leads to the provider: `/step-up`, unless set. It must be
 *   of the page's own origin, and nothing else is ever opened, whatever a challenge says
 * @property {Partial<import("./dialog.js").Words>} [words] of the dialog
 * @property {(stepUp: import("../server/challenge.js").StepUp) => [label: string, text: string][]} [rows] what the dialog
 *   shows; what the details display, unless set
 * @property {"error" | "redirect"} [whenBlocked] what to do when the browser opens no window: fail with `popup_blocked`
 *   (unless set), or go to the provider in place of this page and come back to it, see `resumeStepUp`
 * @property {unknown} [keep] with `redirect`: what the page needs to go on, as JSON; a form's values
 * @property {number} [timeout] milliseconds; ten minutes, unless set
 */

/** As long as the provider's own prompt. */
const TIMEOUT = 600_000;
const KEPT = "riser-step-up:";

/**
 * Sends a request as `fetch` does. When the answer is a step-up challenge (RFC 9470), a dialog asks the person, its button
 * opens the provider's prompt, and after the approval the same request is sent exactly once more.
 *
 * `begin` is opened with `pending`, the name of this step-up, with `mode` (`popup`, or `redirect` and then `from`, the page to
 * come back to), and, unless the server itself keeps what was asked, with the members of the challenge. `begin/NAME` answers
 * `{ "status": "pending" | "approved" | "refused", "reason"? }`. `webApplication` does all of it.
 * @param {RequestInfo | URL} input
 * @param {RequestInit} [init]
 * @param {StepUpOptions} [options]
 * @returns {Promise<Response>} the answer, of whatever status
 * @throws {StepUpError} when the step-up did not succeed; what `fetch` throws; the reason of `init.signal`
 */
export async function stepUpFetch(input, init, options = {}) {
  const begin = beginOf(options);
  const request = new Request(input, init);
  const again = request.clone();
  const response = await fetch(request);
  const asked = await challengeOf(response);
  if (!asked) return response;
  await approve(asked, begin, options, request.signal);
  const second = await fetch(again);
  if (await challengeOf(second)) throw new StepUpError("not_accepted");
  return second;
}

/**
 * Back from a step-up in place of this page (`whenBlocked: "redirect"`): what was kept, and how it ended. Send the
 * request again only when the person says so: nobody may be made to do something by a link.
 * @param {Pick<StepUpOptions, "begin">} [options]
 * @returns {Promise<{ kept: unknown, error?: StepUpError } | undefined>} nothing when this page was opened otherwise
 */
export async function resumeStepUp(options = {}) {
  const begin = beginOf(options);
  const here = new URL(location.href);
  const pending = here.searchParams.get("step_up");
  if (pending === null) return undefined;
  here.searchParams.delete("step_up");
  history.replaceState(history.state, "", here);
  const kept = sessionStorage.getItem(KEPT + pending);
  // Not from this tab: a link that somebody made.
  if (kept === null) return undefined;
  sessionStorage.removeItem(KEPT + pending);
  /** @returns {{ status: string, reason?: string }} */
  const unknown = () => ({ status: "refused" });
  const { status, reason } = await progress(begin, pending).catch(unknown);
  return status === "approved" ? { kept: JSON.parse(kept) } : { kept: JSON.parse(kept), error: StepUpError.of(reason) };
}

/**
 * @param {Pick<StepUpOptions, "begin">} options
 * @returns {URL}
 */
function beginOf({ begin = "/step-up" }) {
  const url = new URL(begin, location.href);
  if (url.origin !== location.origin) throw new TypeError(`\`begin\` must be an address of ${location.origin}`);
  return url;
}

/**
 * @param {import("./challenge.js").Asked} asked
 * @param {URL} begin
 * @param {StepUpOptions} options
 * @param {AbortSignal} given the caller's own
 */
async function approve(asked, begin, options, given) {
  const { stepUp, pending } = asked;
  const { words, rows = (/** @type {typeof stepUp} */ one) => rowsOf(one.authorization_details ?? []), timeout = TIMEOUT } = options;
  given.throwIfAborted();
  const declined = new AbortController();
  const signal = AbortSignal.any([given, declined.signal]);
  /** @type {Window | null} */
  let popup = null;
  try {
    const ended = await confirmed({
      ...(words === undefined ? {} : { words }),
      rows: rows(stepUp),
      signal: given,
      cancel: () => declined.abort(new StepUpError("refused")),
      confirm: () => {
        popup = open(begin, asked);
        if (!popup) return blocked(begin, asked, options);
        return outcome(popup, begin, pending, { timeout, signal });
      },
    });
    if (ended === undefined) throw new StepUpError("refused");
    if (ended.status === "timed_out") throw new StepUpError("timed_out");
    // Closed without an answer is a refusal.
    if (ended.status === "refused") throw ended.reason === undefined ? new StepUpError("refused") : StepUpError.of(ended.reason);
  } finally {
    // Declined or given up here: the window there must not go on.
    /** @type {Window | null} */ (popup)?.close();
  }
}

/**
 * @param {URL} begin
 * @param {import("./challenge.js").Asked} asked
 * @returns {Window | null} null when it was blocked
 */
function open(begin, asked) {
  const popup = window.open(address(begin, asked, { mode: "popup" }), "riser-step-up", "popup,width=480,height=840");
  return popup && !popup.closed ? popup : null;
}

/**
 * @param {URL} begin
 * @param {import("./challenge.js").Asked} asked
 * @param {StepUpOptions} options
 * @returns {Promise<never>}
 */
async function blocked(begin, asked, { whenBlocked = "error", keep = null }) {
  if (whenBlocked !== "redirect") throw new StepUpError("popup_blocked");
  sessionStorage.setItem(KEPT + asked.pending, JSON.stringify(keep));
  location.assign(address(begin, asked, { mode: "redirect", from: location.pathname + location.search }));
  // This page is left: there is no answer for it.
  return new Promise(() => {});
}

/**
 * @param {URL} begin
 * @param {import("./challenge.js").Asked} asked
 * @param {Record<string, string>} how
 */
function address(begin, { stepUp, pending, isKept }, how) {
  const url = new URL(begin);
  const { acr_values, max_age, authorization_details } = stepUp;
  const members = isKept ? {} : { acr_values, max_age, authorization_details };
  for (const [name, value] of Object.entries({ pending, ...how, ...members })) {
    if (value !== undefined) url.searchParams.set(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  return url.href;
}
