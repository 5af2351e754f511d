// The client `playground` through openid-client as it is published: its own checks are the test.

import * as oidc from "openid-client";

export const REDIRECT = "http://127.0.0.1:9090/callback";

/** Finds the provider by its discovery document; http is accepted by the library's own switch for it. */
export async function playground(demo) {
  const config = await oidc.discovery(new URL(demo.provider), "playground", undefined, oidc.None(), {
    execute: [oidc.allowInsecureRequests],
  });
  return { config, begin: (parameters) => begin(config, parameters) };
}

/** One authorization request, and how its answer is turned into tokens. */
async function begin(config, parameters = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const nonce = oidc.randomNonce();
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope: "openid",
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...parameters,
  });
  const checks = {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
    ...(parameters.max_age === undefined ? {} : { maxAge: Number(parameters.max_age) }),
  };
  return { url: url.href, redeem: (answer) => oidc.authorizationCodeGrant(config, answer, checks) };
}

/** The address at which `act` in `page` ends up: nothing has to listen there. */
export async function answer(page, act) {
  const [request] = await Promise.all([
    page.waitForRequest((request) => request.url().startsWith(REDIRECT)),
    act().catch((error) => {
      // The navigation to an address where nobody listens fails, as it should.
      if (!/ERR_CONNECTION_REFUSED|interrupted by another navigation/.test(error.message)) throw error;
    }),
  ]);
  return new URL(request.url());
}
