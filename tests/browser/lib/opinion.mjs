// A second opinion: @simplewebauthn/server verifies what the browsers of a file of journeys sent, with the options
// that they were given, and must agree with Riser on each. What Riser refuses for another reason than the proof
// itself (another person's passkey, no hardware key, a visit that had ended) is not for it to say.

import { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server";

/** Problems by which Riser says that the proof itself is bad; of an assertion, and of a registration. */
const BAD = {
  assertion: ["invalid_credentials", "user_verification_required"],
  registration: ["credential_not_usable", "user_verification_required"],
};
const CALL = /\/interaction\/[^/]+(\/enrol)?\/passkey(\/options)?$/;

const recorded = [];
const options = new Map(); // by challenge
const reading = new Set();

/** Keeps every ceremony of `context`. */
export function record(context) {
  context.on("response", (response) => {
    const request = response.request();
    if (request.method() !== "POST" || !CALL.test(new URL(response.url()).pathname)) return;
    const read = keep(request, response).catch(() => {});
    reading.add(read);
    read.finally(() => reading.delete(read));
  });
}

async function keep(request, response) {
  if (response.url().endsWith("/options")) {
    const { publicKey } = await response.json();
    if (publicKey) options.set(publicKey.challenge, publicKey);
    return;
  }
  const sent = request.postDataJSON();
  const one = { sent, origin: new URL(response.url()).origin, accepted: response.ok(), problem: undefined };
  recorded.push(one);
  if (!one.accepted) one.problem = (await response.json()).type?.split("/").at(-1);
}

/** What was recorded, and the ceremonies on which the two differ, each with the reason that was given. */
export async function secondOpinion() {
  await Promise.all(reading);
  const known = new Map(); // what was registered, as the other library understands it
  const differ = [];
  let asked = 0;
  for (const one of recorded) {
    const what = one.sent.response?.attestationObject ? "registration" : "assertion";
    const theirs = await (what === "registration" ? registration(one, known) : authentication(one, known));
    if (theirs === undefined || (!one.accepted && !BAD[what].includes(one.problem))) continue;
    asked += 1;
    if (theirs.verified === one.accepted) continue;
    differ.push({ what, riser: one.problem ?? "accepted", other: theirs.why.replaceAll(/\d+/g, "n") });
  }
  return { recorded: recorded.length, asked, differ };
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
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: sent,
      expectedChallenge: given.challenge,
      expectedOrigin: origin,
      expectedRPID: given.rpId,
      credential: registered.credential,
      requireUserVerification: given.userVerification === "required",
    });
    // The library leaves it to its caller to compare this with what was registered (WebAuthn L3 §7.2 step 19).
    const same = authenticationInfo.credentialDeviceType === registered.credentialDeviceType;
    if (verified && accepted) registered.credential.counter = authenticationInfo.newCounter;
    return { verified: verified && same, why: verified && !same ? "backup eligibility changed" : verified ? "verified" : "not verified" };
  } catch (error) {
    return { verified: false, why: error.message };
  }
}
