// The passkey, and little else: every other way on is a plain form.
//
// The words come from <template id="texts">, so that this file speaks no language of its own.

const GUARD = 500; // milliseconds in which a confirmation does nothing: see `guard`

const texts = document.getElementById("texts")?.content;
const alertRegion = document.getElementById("alert");
const progressRegion = document.getElementById("progress");

/** The text called `name`, or the one for anything unforeseen. */
function text(name) {
  const find = (key) => texts?.querySelector(`[data-name="${CSS.escape(key)}"]`)?.textContent;
  return find(name) ?? find("other") ?? "";
}

function say(region, words) {
  if (region) region.textContent = words;
}

/** A failure that has a text for people; `name` is a problem's wire name or one of ours. */
class Told extends Error {
  constructor(name, wait = 0) {
    super(name);
    this.name = "Told";
    this.problem = name;
    this.wait = wait;
  }

  words() {
    if (this.problem === "rate_limited" && this.wait > 1) {
      const long = this.wait >= 120;
      const n = long ? Math.ceil(this.wait / 60) : this.wait;
      return text(long ? "rate_limited_minutes" : "rate_limited_seconds").replace("{n}", String(n));
    }
    return text(this.problem);
  }
}

// ---------------------------------------------------------------------------------------------------
// Double-clickjacking: the first click of a pair closes a window that lay over this page, the second
// lands on our button. So a confirmation counts only when the page has been in front for a while.

const root = document.documentElement;
let armedAt = Infinity;
let arming = 0;

function disarm() {
  clearTimeout(arming);
  armedAt = Infinity;
  root.dataset.guard = "on";
}

function arm() {
  disarm();
  if (document.visibilityState !== "visible") return;
  armedAt = performance.now() + GUARD;
  arming = setTimeout(() => delete root.dataset.guard, GUARD);
}

function guard() {
  arm();
  document.addEventListener("visibilitychange", arm);
  window.addEventListener("focus", arm);
  window.addEventListener("pageshow", (event) => event.persisted && arm());
  const refuse = (event) => {
    const pressed = event.type === "submit" ? event.submitter : event.target;
    if (!(pressed instanceof Element) || !pressed.closest("[data-confirm]")) return;
    if (event.isTrusted && performance.now() >= armedAt) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("click", refuse, true);
  document.addEventListener("submit", refuse, true);
}

// ---------------------------------------------------------------------------------------------------
// WebAuthn Level 3 JSON forms, by hand where the browser lacks them.

function bytes(base64url) {
  const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function base64url(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Which kind of authenticator is meant (WebAuthn Level 3 §5.8.7): some browsers' parsers leave it out. */
function withHints(options, { hints }) {
  return hints && !options.hints ? Object.assign(options, { hints }) : options;
}

const descriptors = (list) => list?.map((item) => ({ ...item, id: bytes(item.id) }));

function requestOptions(json) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) {
    return withHints(PublicKeyCredential.parseRequestOptionsFromJSON(json), json);
  }
  const { extensions, ...rest } = json; // their binary parts differ one by one: better none than a wrong one
  return { ...rest, challenge: bytes(json.challenge), allowCredentials: descriptors(json.allowCredentials) ?? [] };
}

function creationOptions(json) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) {
    return withHints(PublicKeyCredential.parseCreationOptionsFromJSON(json), json);
  }
  const { extensions, ...rest } = json;
  return {
    ...rest,
    challenge: bytes(json.challenge),
    user: { ...json.user, id: bytes(json.user.id) },
    excludeCredentials: descriptors(json.excludeCredentials) ?? [],
  };
}

function toJson(credential) {
  if (typeof credential.toJSON === "function") return credential.toJSON();
  const given = credential.response;
  const response = { clientDataJSON: base64url(given.clientDataJSON) };
  if (given.attestationObject) {
    response.attestationObject = base64url(given.attestationObject);
    response.transports = given.getTransports?.() ?? [];
    const authenticatorData = given.getAuthenticatorData?.();
    if (authenticatorData) response.authenticatorData = base64url(authenticatorData);
    const publicKey = given.getPublicKey?.();
    if (publicKey) response.publicKey = base64url(publicKey);
    const algorithm = given.getPublicKeyAlgorithm?.();
    if (algorithm !== undefined) response.publicKeyAlgorithm = algorithm;
  } else {
    response.authenticatorData = base64url(given.authenticatorData);
    response.signature = base64url(given.signature);
    if (given.userHandle) response.userHandle = base64url(given.userHandle);
  }
  return {
    id: credential.id,
    rawId: base64url(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: {},
    response,
  };
}

// ---------------------------------------------------------------------------------------------------
// The two calls, and what is between them.

async function post(path, body, signal) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      credentials: "same-origin",
      redirect: "error",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Told("network");
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer;
  const problem = typeof answer?.type === "string" ? answer.type.split("/").pop() : "other";
  throw new Told(problem, Number.parseInt(response.headers.get("Retry-After") ?? "", 10) || 0);
}

async function ceremony(button, signal) {
  if (!window.PublicKeyCredential || !navigator.credentials) throw new Told("unsupported");
  const { base } = button.dataset;
  const { publicKey } = await post(`${base}/options`, {}, signal);
  const credential =
    button.dataset.ceremony === "create"
      ? await navigator.credentials.create({ publicKey: creationOptions(publicKey), signal })
      : await navigator.credentials.get({ publicKey: requestOptions(publicKey), signal });
  return present(base, credential, publicKey, signal);
}

/** Gives the server what the authenticator said. */
async function present(base, credential, publicKey, signal) {
  try {
    return await post(base, toJson(credential), signal);
  } catch (error) {
    if (error instanceof Told && error.problem === "credential_not_usable") forget(credential, publicKey);
    throw error;
  }
}

/**
 * Tells the passkey's keeper that it is no longer registered here (WebAuthn Level 3 §5.1.10.1). Only where any
 * passkey could be chosen: one that the server named itself is known to it, whatever else was wrong.
 */
function forget({ id: credentialId, response }, { rpId, allowCredentials }) {
  if (!response.signature || !rpId || allowCredentials?.length > 0) return;
  // Only a hint: a browser that does not know the call, or does not like it, is left alone.
  PublicKeyCredential.signalUnknownCredential?.({ rpId, credentialId })?.catch(() => {});
}

/** What a person is told about a failure; nothing when they ended it themselves by leaving. */
function words(error) {
  if (error instanceof Told) return error.words();
  switch (error?.name) {
    case "AbortError":
      return "";
    case "NotAllowedError":
      return text("dismissed");
    case "InvalidStateError":
      return text("already_added");
    case "NotSupportedError":
    case "SecurityError":
      return text("unsupported");
    default:
      return text("other");
  }
}

function follow(state) {
  if (state.status !== "pending" && state.next) location.replace(state.next);
  else location.reload();
}

let running = null;

async function press(button) {
  if (running) return;
  stopOffering();
  running = new AbortController();
  const { signal } = running;
  button.setAttribute("aria-disabled", "true");
  say(alertRegion, "");
  say(progressRegion, text("waiting"));
  try {
    // The page stays busy: it is about to be another one.
    follow(await ceremony(button, signal));
  } catch (error) {
    running = null;
    button.removeAttribute("aria-disabled");
    refused(error);
    offer();
  }
}

function refused(error) {
  say(progressRegion, "");
  say(alertRegion, words(error));
  if (error instanceof Told) leaveWhatHasEnded(error);
}

/** The last try that is allowed ends the visit: the page that the server shows then says so and has the way back. */
async function leaveWhatHasEnded({ problem }) {
  const options = { credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } };
  const state = () => fetch(location.pathname, options).then((response) => response.json());
  const status = problem === "interaction_closed" ? "failed" : (await state().catch(() => null))?.status;
  if (status === "done" || status === "failed") location.reload();
}

// ---------------------------------------------------------------------------------------------------
// Passkeys in the list under the name's field. Only an offer: it waits in silence until a passkey is chosen,
// ends when anything else is begun, and begins anew before its challenge runs out.

const STALE = 270_000; // milliseconds: a challenge lives five minutes

const field = document.querySelector("input[data-autofill]");
let offered = null;

function stopOffering() {
  offered?.abort();
  offered = null;
}

async function offer() {
  if (!field || offered || running) return;
  const offering = new AbortController();
  offered = offering;
  const { signal } = offering;
  const base = field.dataset.autofill;
  let chosen = null;
  try {
    if (!(await window.PublicKeyCredential?.isConditionalMediationAvailable?.())) return;
    const { publicKey } = await post(`${base}/options`, {}, signal);
    chosen = await conditional(publicKey, offering);
    say(alertRegion, "");
    say(progressRegion, text("waiting"));
    follow(await present(base, chosen, publicKey, signal));
  } catch (error) {
    // Nobody asked for the offer, so only what came of a choice is told.
    if (!chosen || offering !== offered) return;
    stopOffering();
    refused(error);
    // What was refused is not offered again until somebody comes back to the field: an authenticator that
    // answers by itself would use up all tries.
    for (const event of ["focus", "pointerdown"]) field.addEventListener(event, offer, { once: true });
  }
}

async function conditional(publicKey, offering) {
  const { signal } = offering;
  const anew = setTimeout(() => {
    if (offering !== offered) return;
    stopOffering();
    offer();
  }, STALE);
  try {
    return await navigator.credentials.get({ publicKey: requestOptions(publicKey), mediation: "conditional", signal });
  } finally {
    clearTimeout(anew);
  }
}

// ---------------------------------------------------------------------------------------------------
// A password that one may look at while one types it.

for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  const show = button.textContent;
  if (!input) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    const hidden = input.type === "password";
    input.type = hidden ? "text" : "password";
    button.textContent = hidden ? button.dataset.hide : show;
  });
  // A browser offers to keep what was a password when it left.
  input.form?.addEventListener("submit", () => (input.type = "password"));
}

guard();
for (const button of document.querySelectorAll("button[data-ceremony]")) {
  button.addEventListener("click", () => press(button));
}
// Whoever cancels, leaves or types a password instead has ended the ceremony.
function leave() {
  running?.abort();
  stopOffering();
}
document.addEventListener("submit", (event) => event.defaultPrevented || leave());
window.addEventListener("pagehide", leave);
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
offer();
