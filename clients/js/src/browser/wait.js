// Waits for what comes of one step-up in a popup. What the popup says is only a sign to look: the server's word counts.

/** The name of the channel on which the end of a popup announces itself. No token crosses it. */
export const CHANNEL = "riser-step-up";
/** How often to look whether the popup was closed, in milliseconds. */
const LOOK = 400;
/** And how often to ask the server although nothing was announced: a browser may lose the popup from sight. */
const ASK = 3_000;

/**
 * What the server knows of a step-up.
 * @param {URL} begin
 * @param {string} pending
 * @returns {Promise<{ status: "pending" | "approved" | "refused", reason?: string }>}
 */
export async function progress(begin, pending) {
  const url = new URL(begin);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/${encodeURIComponent(pending)}`;
  const response = await fetch(url, { cache: "no-store", headers: { Accept: "application/json" } });
  const told = await response.json();
  return ["pending", "approved", "refused"].includes(told?.status) ? told : { status: "refused" };
}

/**
 * Waits until the popup announced an answer, was closed, or the server knows one.
 * @param {Window} popup
 * @param {URL} begin
 * @param {string} pending
 * @param {{ timeout: number, signal: AbortSignal }} limits milliseconds
 * @returns {Promise<{ status: "approved" | "refused" | "timed_out", reason?: string }>} `refused` without a reason when the
 *   window was closed without an answer
 * @throws the signal's reason, once it is aborted
 */
export async function outcome(popup, begin, pending, { timeout, signal }) {
  const channel = new BroadcastChannel(CHANNEL);
  const until = performance.now() + timeout;
  let announced = false;
  channel.addEventListener("message", (event) => {
    announced ||= event.data?.pending === pending;
  });
  try {
    for (let asked = performance.now(); ; ) {
      signal.throwIfAborted();
      const now = performance.now();
      const isClosed = popup.closed;
      if (announced || isClosed || now - asked >= ASK) {
        asked = now;
        announced = false;
        // One that cannot be asked now is asked again; closed without a word, it is a refusal.
        const told = await progress(begin, pending).catch(() => ({ status: /** @type {const} */ ("pending") }));
        signal.throwIfAborted();
        if (told.status !== "pending") return /** @type {{ status: "approved" | "refused", reason?: string }} */ (told);
        if (isClosed) return { status: "refused" };
      }
      if (now >= until) return { status: "timed_out" };
      await changed(channel, signal);
    }
  } finally {
    channel.close();
  }
}

/**
 * Until something was announced, the wait was ended, or it is time to look again.
 * @param {BroadcastChannel} channel
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function changed(channel, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(end, LOOK);
    function end() {
      clearTimeout(timer);
      channel.removeEventListener("message", end);
      signal.removeEventListener("abort", end);
      resolve();
    }
    channel.addEventListener("message", end);
    signal.addEventListener("abort", end);
  });
}
