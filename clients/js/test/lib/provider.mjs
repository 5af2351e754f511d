// A provider in miniature on loopback: its metadata, its keys, and what it answers to a decision and a consumption.

import { createServer } from "node:http";

import { SignJWT, exportJWK, generateKeyPair } from "jose";

export const AUDIENCE = "http://127.0.0.1:3000/api";
export const NOW = 1_800_000_000;

/** Starts one; `provider.answers` says what it does next, and `provider.asked` what it was asked. */
export async function startProvider() {
  const provider = { keys: [], asked: [], answers: {} };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const path = new URL(request.url, "http://x").pathname;
    provider.asked.push({ path, body, headers: request.headers });
    const { status, text, location } = answer(provider, path);
    response.writeHead(status, { "content-type": "application/json", ...(location ? { location } : {}) }).end(text);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  provider.issuer = `http://127.0.0.1:${server.address().port}`;
  provider.stop = () => new Promise((done) => (server.closeAllConnections(), server.close(done)));
  provider.count = (path) => provider.asked.filter((one) => one.path === path).length;
  provider.rotate = async (kid, alg = "ES256") => {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    provider.key = { kid, alg, privateKey };
    provider.keys = [{ ...(await exportJWK(publicKey)), kid, alg, use: "sig" }];
  };
  /** An access token; `claims` and `header` change it, `undefined` takes a member away. */
  provider.token = (claims = {}, header = {}, key = provider.key.privateKey) => {
    const usual = {
      iss: provider.issuer, sub: "ada", aud: AUDIENCE, client_id: "payroll", jti: "j", grant_id: "g", sid: "s",
      iat: NOW, exp: NOW + 300, auth_time: NOW, acr: "phr", acr_satisfied: ["phr", "aal2", "aal1"],
    };
    const { kid, alg } = provider.key;
    return new SignJWT(JSON.parse(JSON.stringify({ ...usual, ...claims }))).setProtectedHeader({ alg, kid, typ: "at+jwt", ...header }).sign(key);
  };
  await provider.rotate("first");
  return provider;
}

function answer(provider, path) {
  const given = provider.answers[path];
  if (given) return { ...given, status: given.status ?? 200, text: given.text ?? JSON.stringify(given.json) };
  const { issuer } = provider;
  if (path === "/.well-known/openid-configuration") return { status: 200, text: JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks` }) };
  if (path === "/jwks") return { status: 200, text: JSON.stringify({ keys: provider.keys }) };
  return { status: 404, text: "{}" };
}
