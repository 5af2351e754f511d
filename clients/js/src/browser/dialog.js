// The dialog that says what will be confirmed, and whose button opens the window: a browser allows a popup only in direct
// answer to a press. A <dialog> keeps the focus inside, gives it back, and closes by Escape. All texts are set as texts.

/**
 * @typedef {object} Words
 * @property {string} title
 * @property {string} text
 * @property {string} confirm
 * @property {string} cancel
 * @property {string} waiting said while the other window is open
 */

/** @type {Words} */
const WORDS = {
  title: "Please confirm",
  text: "A window opens in which you confirm this. Check it there too.",
  confirm: "Confirm",
  cancel: "Cancel",
  waiting: "Waiting for your confirmation in the other window.",
};

/**
 * Shows the dialog. `confirm` runs within the press itself, so that it may open a window; what it promises is waited for.
 * @template Result
 * @param {object} ask
 * @param {Partial<Words>} [ask.words]
 * @param {[label: string, text: string][]} ask.rows what will be confirmed
 * @param {() => Promise<Result>} ask.confirm
 * @param {() => void} ask.cancel the person declined; whatever `confirm` waits for must end
 * @param {AbortSignal} ask.signal
 * @returns {Promise<Result | undefined>} `undefined` when the person declined
 */
export async function confirmed({ words, rows, confirm, cancel, signal }) {
  const said = { ...WORDS, ...words };
  const { dialog, yes, no, status } = build(said, rows);
  document.body.append(dialog);
  try {
    return await new Promise((resolve, reject) => {
      const declined = () => {
        cancel();
        resolve(undefined);
      };
      yes.addEventListener("click", () => {
        // Nothing may be awaited before this call.
        const result = confirm();
        yes.disabled = true;
        status.textContent = said.waiting;
        result.then(resolve, reject);
      });
      no.addEventListener("click", declined);
      dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        declined();
      });
      // A page that closes it otherwise has declined, too.
      dialog.addEventListener("close", declined);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      dialog.showModal();
    });
  } finally {
    dialog.close();
    dialog.remove();
  }
}

let count = 0;

/**
 * @param {Words} words
 * @param {[string, string][]} rows
 */
function build(words, rows) {
  const id = `riser-step-up-${(count += 1)}`;
  const heading = element("h2", { id }, words.title);
  const text = element("p", { id: `${id}-text` }, words.text);
  const list = element("dl", { class: "riser-rows" });
  for (const [label, value] of rows) {
    const row = element("div", {});
    row.append(element("dt", {}, label), element("dd", {}, value));
    list.append(row);
  }
  const status = element("p", { class: "riser-status", role: "status", "data-testid": "step-up-status" });
  const yes = button("confirm", words.confirm);
  yes.autofocus = true;
  const no = button("cancel", words.cancel);
  const choices = element("div", { class: "riser-choices" });
  choices.append(yes, no);
  const dialog = /** @type {HTMLDialogElement} */ (
    element("dialog", { class: "riser-dialog", "aria-labelledby": id, "aria-describedby": text.id, "data-testid": "step-up-dialog" })
  );
  dialog.append(heading, text, ...(rows.length > 0 ? [list] : []), status, choices);
  return { dialog, yes, no, status };
}

/**
 * @param {"confirm" | "cancel"} what
 * @param {string} text
 */
function button(what, text) {
  const attributes = { type: "button", class: `riser-${what}`, "data-testid": `step-up-${what}` };
  return /** @type {HTMLButtonElement} */ (element("button", attributes, text));
}

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {string} [text]
 */
function element(name, attributes, text = "") {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.textContent = text;
  return made;
}

/**
 * What a step-up is about, as a person reads it.
 * @param {unknown[]} details `authorization_details`
 * @returns {[string, string][]}
 */
export function rowsOf(details) {
  return details.flatMap((entry) => {
    const one = /** @type {any} */ (entry);
    if (one?.type === "riser_action" && Array.isArray(one.display)) {
      return one.display.filter(Array.isArray).map((/** @type {unknown[]} */ [label, text]) => [String(label), String(text)]);
    }
    if (one?.type === "payment_initiation") {
      /** @type {[string, unknown][]} */
      const rows = [
        ["Amount", one.instructedAmount && `${one.instructedAmount.currency} ${one.instructedAmount.amount}`],
        ["To", one.creditorName],
        ["Account", one.creditorAccount?.iban],
        ["Reference", one.remittanceInformationUnstructured],
      ];
      return rows.filter(([, text]) => text).map(([label, text]) => /** @type {[string, string]} */ ([label, String(text)]));
    }
    return [];
  });
}
