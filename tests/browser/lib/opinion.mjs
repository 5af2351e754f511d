// A second opinion: @simplewebauthn/server verifies what the browsers of a file of journeys sent, with the options
// that they were given, and must agree with Riser on each. What Riser refuses for another reason than the proof
// itself (another person's passkey, no hardware key, a visit that had ended) is not for it to say.
//
// On one thing they differ by design: the library refuses a counter that did not move forward; for Riser it is a
// signal that is written down (WebAuthn L3 §7.2 step 22 leaves it to the relying party). So it is asked again without
// the counter, and each such ceremony is counted.

import { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server";

/** Problems by which Riser says that the proof itself is bad; of an assertion, and of a registration. */
const BAD = {
  assertion: ["invalid_credentials", "user_verification_required"],
  registration: ["credential_not_usable", "user_verification_required"],
};

const recorded = [];
const options = new Map(); // by challenge

/** Keeps every ceremony of `context`: its pages wait until it is kept, however soon they go on to the next. */
export async function record(context) {
  await context.exposeFunction("keepOptions", (publicKey) => options.set(publicKey.challenge, publicKey));
  await context.exposeFunction("keepCeremony", (ceremony) => recorded.push(ceremony));
  await context.addInitScript(watch);
}

/** Runs in each page, before its own script. */
function watch() {
  const fetched = window.fetch;
  window.fetch = async (...given) => {
    const response = await fetched(...given);
    const { pathname, origin } = new URL(response.url || "about:blank");
    const call = pathname.match(/^\/interaction\/[^/]+(?:\/enrol)?\/passkey(\/options)?$/);
    if (!call || origin !== location.origin) return response;
    const options = call[1] !== undefined;
    const told = await response.clone().json().catch(() => ({}));
    if (options && told.publicKey) await window.keepOptions(told.publicKey);
    const sent = options ? undefined : JSON.parse(given[1]?.body ?? "{}");
    if (sent?.response) {
      await window.keepCeremony({ sent, origin, accepted: response.ok, problem: told.type?.split("/").at(-1) });
    }
    return response;
  };
}

/** What was recorded, and the ceremonies on which the two differ, each with the reason that was given. */
export async function secondOpinion() {
  const known = new Map(); // what was registered, as the other library understands it
  const differ = [];
  let clones = 0;
  for (const one of recorded) {
    const what = one.sent.response?.attestationObject ? "registration" : "assertion";
    const theirs = await (what === "registration" ? registration(one, known) : authentication(one, known));
    if (theirs === undefined || (!one.accepted && !BAD[what].includes(one.problem))) continue;
    if (theirs.clone) clones += 1;
    if (theirs.verified === one.accepted) continue;
    differ.push({ what, riser: one.problem ?? "accepted", other: theirs.why });
  }
  return { differ, clones };
}

const challengeOf = ({ response }) => JSON.parse(Buffer.from(response.clientDataJSON, "base64url")).challenge;

async function registration({ sent, origin, accepted }, known) {
  const given = options.get(challengeOf(sent));
  if (!given) return undefined;
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: sent,
      expectedChallenge: given.challenge,
      expectedOrigin: origin,
      expectedRPID: given.rp.id,
      requireUserVerification: given.authenticatorSelection?.userVerification === "required",
      supportedAlgorithmIDs: given.pubKeyCredParams.map(({ alg }) => alg),
    });
    if (verified && accepted) {
      const { credential, credentialDeviceType } = registrationInfo;
      known.set(credential.id, { credential, credentialDeviceType });
    }
    return { verified, why: verified ? "verified" : "not verified" };
  } catch (error) {
    return { verified: false, why: error.message };
  }
}

async function authentication({ sent, origin, accepted }, known) {
  const given = options.get(challengeOf(sent));
  const registered = known.get(sent.id);
  if (!given || !registered) return undefined;
  const verify = (credential) =>
    verifyAuthenticationResponse({
      response: sent,
      expectedChallenge: given.challenge,
      expectedOrigin: origin,
      expectedRPID: given.rpId,
      credential,
      requireUserVerification: given.userVerification === "required",
    });
  let clone = false;
  try {
    const { verified, authenticationInfo } = await verify(registered.credential).catch((error) => {
      clone = /^Response counter value/.test(error.message);
      if (!clone) throw error;
      return verify({ ...registered.credential, counter: 0 });
    });
    // The library leaves it to its caller to compare this with what was registered (WebAuthn L3 §7.2 step 19).
    const same = authenticationInfo.credentialDeviceType === registered.credentialDeviceType;
    if (verified && accepted) registered.credential.counter = authenticationInfo.newCounter;
    const why = !verified ? "not verified" : same ? "verified" : "backup eligibility changed";
    return { verified: verified && same, clone, why };
  } catch (error) {
    return { verified: false, clone, why: error.message };
  }
}
