// The one guard in each framework, over real HTTP: the same answers, the same way on.

import assert from "node:assert/strict";
import { request as send } from "node:http";
import { after, before, describe, test } from "node:test";

import { serve } from "@hono/node-server";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { protect as onExpress } from "riser-step-up/express";
import { protect as onFastify } from "riser-step-up/fastify";
import { protect as onHono } from "riser-step-up/hono";
import { protect as onNext } from "riser-step-up/next";
import { createGuard, riserAction } from "riser-step-up/server";

import { AUDIENCE, NOW, startProvider } from "./lib/provider.mjs";

const changeTo = async ({ iban }) => [
  await riserAction({ action: "change", resource: "1", parameters: { iban }, display: [["New account", iban]] }),
];
const bound = (bodyOf) => ({
  acr: "phr",
  maxAge: 300,
  binding: { details: async (source) => changeTo(await bodyOf(source)), spend: "handler" },
});
const told = (riser, body) => ({ txn: riser.elevation.txn, sub: riser.token.claims.sub, iban: body.iban });

/** Each starts a server on a free port: its port, and how to stop it. */
const FRAMEWORKS = {
  async express(guard) {
    const app = express().use(express.json());
    app.put("/account", onExpress(guard, bound((req) => req.body)), (req, res) => res.json(told(req.riser, req.body)));
    app.use((error, _req, res, _next) => res.status(error.status ?? 500).end());
    const server = await new Promise((done) => {
      const listening = app.listen(0, "127.0.0.1", () => done(listening));
    });
    return { port: server.address().port, stop: () => server.close() };
  },
  async fastify(guard) {
    const app = fastify();
    app.put("/account", { preHandler: onFastify(guard, bound((request) => request.body)) }, async (request) => told(request.riser, request.body));
    await app.listen({ port: 0, host: "127.0.0.1" });
    return { port: app.server.address().port, stop: () => app.close() };
  },
  async hono(guard) {
    const app = new Hono();
    app.onError((error, c) => c.body(null, error.status ?? 500));
    app.put("/account", onHono(guard, bound((c) => c.req.json())), async (c) => c.json(told(c.get("riser"), await c.req.json())));
    const server = await new Promise((done) => {
      const listening = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () => done(listening));
    });
    return { port: server.address().port, stop: () => server.close() };
  },
  async next(guard) {
    // A route handler as Next calls it; the server in front is Hono's, which hands over the bare Request.
    const PUT = onNext(guard, bound((request) => request.json()), async (request, { params }, riser) =>
      Response.json({ ...told(riser, await request.json()), params: await params }),
    );
    const handle = (request) =>
      PUT(request, { params: Promise.resolve({}) }).catch((error) => new Response(null, { status: error.status ?? 500 }));
    const server = await new Promise((done) => {
      const listening = serve({ fetch: handle, port: 0, hostname: "127.0.0.1" }, () => done(listening));
    });
    return { port: server.address().port, stop: () => server.close() };
  },
};

/** One request with its headers as they are written, repeated ones too. */
function put(port, headers, body) {
  return new Promise((done, fail) => {
    const text = JSON.stringify(body);
    const all = ["Host", `127.0.0.1:${port}`, "Content-Type", "application/json", "Content-Length", String(Buffer.byteLength(text)), ...headers];
    const request = send({ port, host: "127.0.0.1", method: "PUT", path: "/account", headers: all }, async (response) => {
      let answer = "";
      for await (const chunk of response) answer += chunk;
      done({ status: response.statusCode, headers: response.headers, body: answer && JSON.parse(answer) });
    });
    request.once("error", fail);
    request.end(text);
  });
}

for (const [name, start] of Object.entries(FRAMEWORKS)) {
  describe(name, () => {
    let provider;
    let app;
    before(async () => {
      provider = await startProvider();
      app = await start(createGuard({ issuer: provider.issuer, audience: AUDIENCE, clock: () => NOW }));
    });
    after(async () => {
      await app.stop();
      await provider.stop();
    });
    const bearer = (token) => ["Authorization", `Bearer ${token}`];

    test("the loop converges in exactly one round", async () => {
      const refused = await put(app.port, bearer(await provider.token({ acr: "aal1", acr_satisfied: ["aal1"] })), { iban: "DE89" });
      assert.equal(refused.status, 401);
      assert.equal(refused.headers["content-type"], "application/problem+json");
      assert.equal(refused.headers["cache-control"], "no-store");
      assert.equal(refused.headers["www-authenticate"], refused.body.step_up.www_authenticate);
      const { authorization_details } = refused.body.step_up;
      const approved = await provider.token({ txn: "t", authorization_details });
      const done = await put(app.port, bearer(approved), { iban: "DE89" });
      assert.equal(done.status, 200);
      assert.deepEqual([done.body.txn, done.body.sub, done.body.iban], ["t", "ada", "DE89"]);
      assert.equal((await put(app.port, bearer(approved), { iban: "GB29" })).status, 401, "for another account it approves nothing");
    });

    test("without a good token nothing is told of the requirement", async () => {
      const token = await provider.token();
      for (const [headers, status] of [
        [[], 401],
        [bearer("x.y.z"), 401],
        [bearer(await provider.token({ exp: NOW - 60 })), 401],
        [[...bearer(token), ...bearer(token)], 400],
        [["Authorization", "Basic eA=="], 401],
      ]) {
        const answer = await put(app.port, headers, { iban: "DE89" });
        assert.equal(answer.status, status);
        assert.equal(answer.body.step_up, undefined);
        assert.doesNotMatch(answer.headers["www-authenticate"], /acr|max_age/);
      }
    });

    test("details that no person could judge are a 422 of the framework's own", async () => {
      const answer = await put(app.port, bearer(await provider.token()), { iban: "DE\u202e89" }).catch((error) => assert.fail(error));
      assert.equal(answer.status, 422);
    });
  });
}
