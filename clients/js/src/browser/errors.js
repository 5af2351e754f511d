// How a step-up can end without success. A program tells them apart by `code`; none of them changed anything.

/**
 * - `refused`: the person declined, in our dialog, in the provider's prompt, or by closing its window
 * - `enrolment_required`: the person has no factor that would do
 * - `wrong_person`: somebody else confirmed than who is signed in here
 * - `signed_out`: nobody is signed in at the provider any more
 * - `popup_blocked`: the browser opened no window
 * - `timed_out`: the person did not answer in time
 * - `not_accepted`: the person confirmed, and the server asked again all the same
 * - `failed`: anything else
 * @typedef {"refused" | "enrolment_required" | "wrong_person" | "signed_out" | "popup_blocked" | "timed_out" | "not_accepted"
 *   | "failed"} StepUpCode
 */

/** @type {Record<StepUpCode, string>} */
const CURES = {
  refused: "You declined the confirmation.",
  enrolment_required:
    "This needs a passkey, and none of yours can be used. Ask for an enrolment link, register a passkey with it, and try again.",
  wrong_person: "The confirmation came from another person than the one who is signed in here.",
  signed_out: "You are not signed in at the sign-in service any more. Sign out, sign in again, and try again.",
  popup_blocked: "Your browser blocks the window for the confirmation. Allow windows for this page, and try again.",
  timed_out: "The confirmation took too long. Try again.",
  not_accepted: "The confirmation was not accepted. Try again; if that does not help, ask whoever runs this application.",
  failed: "The confirmation did not succeed. Try again.",
};

/** What the provider answers, by its name in OAuth. */
const OF_REASON = /** @type {const} */ ({
  access_denied: "refused",
  unmet_authentication_requirements: "enrolment_required",
  wrong_person: "wrong_person",
  login_required: "signed_out",
  interaction_required: "failed",
});

/** A step-up that did not succeed. The request was not sent again, and the form is as it was. */
export class StepUpError extends Error {
  /**
   * @param {StepUpCode} code
   * @param {string} [reason] the provider's own word, where there is one
   */
  constructor(code, reason) {
    super(CURES[code]);
    this.name = "StepUpError";
    /** @readonly */
    this.code = code;
    /** @readonly */
    this.reason = reason;
  }

  /**
   * The error for a reason that the server gave.
   * @param {unknown} reason
   */
  static of(reason) {
    const isKnown = typeof reason === "string" && Object.hasOwn(OF_REASON, reason);
    if (!isKnown) return new StepUpError("failed");
    return new StepUpError(OF_REASON[/** @type {keyof typeof OF_REASON} */ (reason)], reason);
  }
}
