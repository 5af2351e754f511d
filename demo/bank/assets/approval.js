// One approval in a popup: opens it, waits for its end, and asks our own server what came of it.

/** How often to look whether the popup was closed, in milliseconds. */
const LOOK = 400;

/**
 * Opens the popup at once: a browser allows it only in direct answer to a press.
 * @returns {Window | null} null when it was blocked.
 */
export function openApproval(transfer) {
  const address = `/step-up/start?transfer=${encodeURIComponent(transfer)}&mode=popup`;
  const popup = window.open(address, "riser-step-up", "popup,width=480,height=840");
  return popup && !popup.closed ? popup : null;
}

/** Goes to the provider in place of this page, where popups are blocked. */
export function goForApproval(transfer) {
  window.location.assign(`/step-up/start?transfer=${encodeURIComponent(transfer)}&mode=redirect`);
}

/** What our server knows of a transfer: `{status, reason?}`. */
export async function progress(transfer) {
  const response = await fetch(`/api/transfers/${encodeURIComponent(transfer)}`, { cache: "no-store" });
  return response.ok ? response.json() : { status: "refused", reason: "failed" };
}

/**
 * Waits until the popup announced an answer or was closed, or `signal` ends the wait.
 * What the popup says is only a sign to look: the server's word counts.
 */
export function approvalEnded(popup, transfer, signal) {
  return new Promise((resolve) => {
    const channel = new BroadcastChannel("riser-step-up");
    const timer = setInterval(() => popup.closed && end(), LOOK);
    function end() {
      clearInterval(timer);
      channel.close();
      signal.removeEventListener("abort", end);
      resolve();
    }
    channel.addEventListener("message", (event) => {
      if (event.data?.transfer === transfer) end();
    });
    signal.addEventListener("abort", end);
  });
}
