// The end of the popup: say that there is an answer, and close. No token is here to cross.

const { state, pending, outcome } = document.getElementById("riser-answer")?.dataset ?? {};
const channel = new BroadcastChannel("riser-step-up");
channel.postMessage(outcome === "approved" ? { state, pending, ok: true } : { state, pending, error: outcome });
channel.close();
window.close();
