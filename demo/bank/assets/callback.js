// The end of the popup: say that there is an answer, and close. No token is here to cross.
const { state, transfer, outcome } = document.getElementById("answer").dataset;
const channel = new BroadcastChannel("riser-step-up");
channel.postMessage(outcome === "approved" ? { state, transfer, ok: true } : { state, transfer, error: outcome });
channel.close();
window.close();
