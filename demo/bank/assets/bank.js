// The transfer form: it keeps its own pending request, and sends it again once it was approved.
import { approvalEnded, goForApproval, openApproval, progress } from "/assets/approval.js";

const byId = (id) => document.getElementById(id);
const form = byId("transfer-form");
const dialog = byId("confirm-dialog");
const confirmButton = byId("confirm-passkey");
const csrfToken = document.querySelector('meta[name="csrf-token"]').content;
const KEPT = "larchmont-transfer";

const REFUSALS = {
  access_denied: "You declined the confirmation; nothing was sent.",
  unmet_authentication_requirements:
    "This transfer needs a passkey, and none of yours can be used. Ask for an enrolment link, register a passkey with it, and send the transfer again. Nothing was sent.",
  wrong_person: "The confirmation came from another person than the one who is signed in here. Nothing was sent.",
  login_required: "You are not signed in at the sign-in service any more. Sign out, sign in again, and repeat the transfer. Nothing was sent.",
};
const NOT_CONFIRMED = "The confirmation did not succeed; nothing was sent.";

/** The request under way: `{body, transfer}`. Another body is another request, with a key of its own. */
let pending = null;
let waiting = null;

function show(outcome, text) {
  const result = byId("result");
  result.dataset.outcome = outcome;
  result.textContent = text;
  if (text) result.focus({ preventScroll: false });
}

function showCures(fields) {
  for (const field of ["payee", "iban", "amount", "reference"]) {
    const cure = fields.find((bad) => bad.field === field)?.cure ?? "";
    byId(`${field}-error`).textContent = cure;
    if (cure) byId(field).setAttribute("aria-invalid", "true");
    else byId(field).removeAttribute("aria-invalid");
  }
  const first = fields.find((bad) => byId(bad.field));
  if (first) byId(first.field).focus();
}

/** The amount in the one spelling that the bank takes. */
function amountOf(text) {
  const plain = text.replace(/\s/g, "").replace(/^(\d+),(\d{1,2})$/, "$1.$2");
  const [, euros, cents = ""] = plain.match(/^(\d+)(?:\.(\d{0,2}))?$/) ?? [];
  return euros === undefined ? plain : `${euros.replace(/^0+(?=\d)/, "")}.${cents.padEnd(2, "0")}`;
}

function readForm() {
  const body = {
    payee: form.payee.value.trim(),
    iban: form.iban.value.replace(/\s/g, "").toUpperCase(),
    amount: amountOf(form.amount.value),
  };
  const reference = form.reference.value.trim();
  return reference ? { ...body, reference } : body;
}

function fillForm(body) {
  for (const field of ["payee", "iban", "amount", "reference"]) form[field].value = body[field] ?? "";
}

const isSame = (one, other) => JSON.stringify({ ...one, idempotency_key: "" }) === JSON.stringify({ ...other, idempotency_key: "" });

/** Sends the pending request. `isRepeated` after an approval: then another challenge is the end of it. */
async function send(isRepeated) {
  byId("complete").hidden = true;
  showCures([]);
  let response;
  let answer;
  try {
    response = await fetch("/api/transfers", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken },
      body: JSON.stringify(pending.body),
    });
    answer = await response.json();
  } catch {
    show("error", "The bank does not answer. Press Continue to try again: the money moves at most once.");
    return;
  }
  if (response.ok) {
    done(answer);
  } else if (response.status === 401 && answer.step_up && !isRepeated) {
    pending.transfer = answer.transfer;
    ask(answer.step_up.authorization_details[0]);
  } else if (response.status === 401) {
    show("error", NOT_CONFIRMED);
  } else if (answer.fields) {
    show("error", answer.title + ".");
    showCures(answer.fields);
  } else {
    // A key that belongs to another request is of no use any more.
    if (response.status === 409) pending = null;
    show("error", `${answer.title ?? "That did not work"}. Nothing was sent.`);
  }
}

function done(answer) {
  byId("balance").textContent = answer.balance_text;
  const line = document.createElement("li");
  const who = document.createElement("span");
  who.className = "who";
  who.textContent = answer.payee;
  const where = document.createElement("span");
  where.className = "muted";
  where.textContent = answer.reference ? `${answer.iban} · ${answer.reference}` : answer.iban;
  who.append(where);
  const sum = document.createElement("span");
  sum.className = "sum";
  sum.textContent = `−${answer.amount_text}`;
  line.append(who, sum);
  byId("recent-transfers").prepend(line);
  byId("no-transfers").hidden = true;
  sessionStorage.removeItem(KEPT);
  pending = null;
  form.reset();
  show("sent", `${answer.amount_text} sent to ${answer.payee}.`);
}

const inThousands = (amount) => amount.replace(/\B(?=(\d{3})+\.)/g, ",");
const inFours = (iban) => iban.replace(/(.{4})(?=.)/g, "$1 ");

/** Shows what will be approved: the bank's own words for it, not the form's. */
function ask(details) {
  const texts = {
    amount: `${details.instructedAmount.currency} ${inThousands(details.instructedAmount.amount)}`,
    payee: details.creditorName,
    iban: inFours(details.creditorAccount.iban),
    reference: details.remittanceInformationUnstructured,
  };
  for (const cell of dialog.querySelectorAll("[data-field]")) cell.textContent = texts[cell.dataset.field] ?? "";
  dialog.querySelector('[data-row="reference"]').hidden = !texts.reference;
  byId("confirm-status").textContent = "";
  confirmButton.disabled = false;
  show("", "");
  dialog.showModal();
}

function refused(reason) {
  dialog.close();
  show(reason === "access_denied" ? "declined" : "error", REFUSALS[reason] ?? NOT_CONFIRMED);
}

confirmButton.addEventListener("click", async () => {
  const { transfer } = pending;
  // Nothing may be awaited before this line.
  const popup = openApproval(transfer);
  if (!popup) {
    sessionStorage.setItem(KEPT, JSON.stringify(pending));
    byId("confirm-status").textContent = "Your browser blocks the window: going there in this one.";
    goForApproval(transfer);
    return;
  }
  confirmButton.disabled = true;
  byId("confirm-status").textContent = "Waiting for your confirmation in the other window.";
  const stop = new AbortController();
  waiting = { popup, stop };
  await approvalEnded(popup, transfer, stop.signal);
  const { status, reason } = await progress(transfer).catch(() => ({ status: "refused", reason: "failed" }));
  // Cancelled in the meantime: that is the last word, whatever the popup said.
  if (stop.signal.aborted) return;
  waiting = null;
  if (status === "approved" || status === "done") {
    dialog.close();
    await send(true);
  } else {
    // Closed without an answer is a refusal.
    refused(reason ?? "access_denied");
  }
});

function cancel() {
  if (waiting) {
    waiting.stop.abort();
    waiting.popup.close();
    waiting = null;
  }
  // Should an approval have come all the same, it stays unused: the next try is another request.
  pending = null;
  refused("access_denied");
}
byId("cancel-confirm").addEventListener("click", cancel);
dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  cancel();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = readForm();
  if (!pending || !isSame(pending.body, body)) {
    pending = { body: { ...body, idempotency_key: crypto.randomUUID() } };
  }
  const button = byId("submit-transfer");
  button.disabled = true;
  await send(false);
  button.disabled = false;
});

byId("complete-transfer").addEventListener("click", () => pending && send(true));

// What was confirmed is what stood in the form: once that changes, it is another transfer.
form.addEventListener("input", () => {
  byId("complete").hidden = true;
});

/** Back from a step-up in place of this page: the form is refilled, and the person decides. */
async function resume(transfer) {
  history.replaceState(null, "", "/");
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  sessionStorage.removeItem(KEPT);
  if (kept?.transfer !== transfer) return;
  pending = kept;
  fillForm(kept.body);
  const { status, reason } = await progress(transfer).catch(() => ({ status: "refused", reason: "failed" }));
  if (status === "approved") {
    byId("complete-transfer").textContent = `Send EUR ${inThousands(kept.body.amount)} to ${kept.body.payee}`;
    byId("complete").hidden = false;
    show("approved", "You confirmed this transfer. It is not sent yet.");
  } else if (status !== "done") {
    refused(reason ?? "access_denied");
  }
}

const returned = new URLSearchParams(window.location.search).get("transfer");
if (returned) await resume(returned);
