// What a person's own pages gain by script. All of it is an addition: each page works without.

const texts = document.getElementById("texts")?.content;
const text = (name) => texts?.querySelector(`[data-name="${CSS.escape(name)}"]`)?.textContent ?? "";
const progress = document.getElementById("progress");

/** What an element says, a line for each item of a list. */
function words(element) {
  const items = Array.from(element.querySelectorAll("li"), (item) => item.textContent.trim());
  return items.length > 0 ? items.join("\n") : element.textContent.trim();
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const from = document.getElementById(button.dataset.copy);
  if (!from || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(words(from));
      if (progress) progress.textContent = text("copied");
    } catch {
      // Not allowed here: then they are selected, for the keyboard.
      getSelection()?.selectAllChildren(from);
    }
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// Passkey managers learn what still works (WebAuthn Level 3 §5.1.10). Nothing depends on it: a browser that
// does not know the call, or does not like the answer, is left alone.

async function signal(method, options) {
  try {
    await window.PublicKeyCredential?.[method]?.(options);
  } catch {
    // It was only a hint.
  }
}

const account = document.querySelector("[data-rp-id]")?.dataset;
if (account) {
  const { rpId, userId, username, credentialIds } = account;
  const allAcceptedCredentialIds = credentialIds.split(" ").filter((id) => id !== "");
  await signal("signalAllAcceptedCredentials", { rpId, userId, allAcceptedCredentialIds });
  await signal("signalCurrentUserDetails", { rpId, userId, name: username, displayName: username });
}
