// The passkey, and nothing else: every other way on is a plain form.
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

const descriptors = (list) => list?.map((item) => ({ ...item, id: bytes(item.id) }));

function requestOptions(json) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) {
    return PublicKeyCredential.parseRequestOptionsFromJSON(json);
  }
  const { extensions, ...rest } = json; // their binary parts differ one by one: better none than a wrong one
  return { ...rest, challenge: bytes(json.challenge), allowCredentials: descriptors(json.allowCredentials) ?? [] };
}

function creationOptions(json) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) {
    return PublicKeyCredential.parseCreationOptionsFromJSON(json);
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
  return post(base, toJson(credential), signal);
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

let running = null;

async function press(button) {
  if (running) return;
  running = new AbortController();
  const { signal } = running;
  button.setAttribute("aria-disabled", "true");
  say(alertRegion, "");
  say(progressRegion, text("waiting"));
  try {
    const state = await ceremony(button, signal);
    // The page stays busy: it is about to be another one.
    if (state.status !== "pending" && state.next) location.replace(state.next);
    else location.reload();
  } catch (error) {
    running = null;
    button.removeAttribute("aria-disabled");
    say(progressRegion, "");
    say(alertRegion, words(error));
    // The page that the server shows now says how the visit ended and has the way back.
    if (error instanceof Told && error.problem === "interaction_closed") location.reload();
  }
}

guard();
for (const button of document.querySelectorAll("button[data-ceremony]")) {
  button.addEventListener("click", () => press(button));
}
// Whoever cancels, leaves or types a password instead has ended the ceremony.
document.addEventListener("submit", (event) => event.defaultPrevented || running?.abort());
window.addEventListener("pagehide", () => running?.abort());
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
