// The form for another account. What is asked in between, and in which window, is stepUpFetch's: here a request is sent,
// and either it was done or an error says why not.
import { StepUpError, resumeStepUp, stepUpFetch } from "/step-up/index.js";

const byId = (id) => document.getElementById(id);
const form = byId("change");
const button = byId("submit");
const csrfToken = document.querySelector('meta[name="csrf-token"]').content;
const FIELDS = ["holder", "iban"];

const values = () => ({ holder: form.holder.value.trim(), iban: form.iban.value });

function show(outcome, text) {
  const result = byId("result");
  result.dataset.outcome = outcome;
  result.textContent = text;
  result.focus({ preventScroll: false });
}

function showCures(fields) {
  for (const name of FIELDS) {
    const cure = fields.find(({ field }) => field === name)?.cure ?? "";
    byId(`${name}-error`).textContent = cure;
    if (cure) byId(name).setAttribute("aria-invalid", "true");
    else byId(name).removeAttribute("aria-invalid");
  }
  const first = fields.find(({ field }) => FIELDS.includes(field));
  if (first) byId(first.field).focus();
}

async function send() {
  const body = values();
  const request = {
    method: "PUT",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrfToken },
    body: JSON.stringify(body),
  };
  const response = await stepUpFetch("/api/salary-account", request, {
    words: { title: "Confirm the new account", confirm: "Confirm with passkey" },
    whenBlocked: "redirect",
    keep: body,
  });
  const answer = await response.json();
  if (response.ok) {
    byId("holder-now").textContent = answer.holder;
    byId("account-now").textContent = answer.account;
    form.reset();
    show("done", `From now on your salary goes to ${answer.account}.`);
  } else {
    show("error", `${answer.title}. Nothing was changed.`);
    showCures(answer.fields ?? []);
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  showCures([]);
  await send().catch(told);
  button.disabled = false;
  button.textContent = "Change account";
});

function told(error) {
  const isKnown = error instanceof StepUpError;
  const text = isKnown ? error.message : "The payroll does not answer. Try again.";
  show(isKnown && error.code === "refused" ? "declined" : "error", `${text} Nothing was changed.`);
}

// Before this, a press would have sent the form to an address.
button.disabled = false;

// Back from a confirmation in place of this page: the form is filled again, and the person decides.
const back = await resumeStepUp();
if (back) {
  for (const name of FIELDS) form[name].value = back.kept[name];
  if (back.error) {
    told(back.error);
  } else {
    button.textContent = "Change account now";
    show("approved", "You confirmed this account. It is not changed yet.");
  }
}
