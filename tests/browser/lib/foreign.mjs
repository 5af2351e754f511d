// A site of somebody else's, on two names: 127.0.0.1 is another site than Riser's localhost, and localhost on
// another port is another origin of the same site, to which the browser does send Riser's cookies.

import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export async function foreignSite() {
  const server = createServer((request, response) => {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end("<!doctype html><title>Elsewhere</title><h1>Win a prize</h1>");
  });
  const port = await new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));
  return {
    otherSite: `http://127.0.0.1:${port}/`,
    sameSite: `http://localhost:${port}/`,
    close: () => new Promise((done) => server.close(done)),
  };
}

/**
 * What a page can send to another origin: a form, in both encodings that a form has, and fetch without and with
 * the type that asks first. Each answer is the status that the server gave, or that nothing was sent at all.
 */
export async function post(page, url, fields, ways = ["form", "text", "no-cors", "json"]) {
  const statuses = [];
  for (const how of ways) {
    const isIt = (request) => request.url() === url && request.method() === "POST";
    const answered = page.waitForResponse((response) => isIt(response.request())).then((response) => response.status());
    answered.catch(() => {});
    // A fetch is over when the page says so; a form, when its answer is there.
    const over = page.evaluate(send, { how, url, fields });
    const silent = over.then((isFetch) => (isFetch ? sleep(100, "not sent") : answered));
    statuses.push([how, await Promise.race([answered, silent])]);
  }
  return Object.fromEntries(statuses);
}

/** Runs in the page. Forms go into a frame, so that the page stays. */
function send({ how, url, fields }) {
  const json = JSON.stringify(fields);
  if (how === "no-cors") {
    const body = new URLSearchParams(fields);
    return fetch(url, { method: "POST", mode: "no-cors", credentials: "include", body }).then(() => true, () => true);
  }
  if (how === "json") {
    const headers = { "Content-Type": "application/json" };
    return fetch(url, { method: "POST", credentials: "include", headers, body: json }).then(() => true, () => true);
  }
  const frame = document.createElement("iframe");
  frame.name = `frame${Math.random()}`;
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: url, target: frame.name });
  if (how === "text") form.enctype = "text/plain";
  // As text the one field becomes a JSON document: `{"csrf":"…","x":"="}`.
  const inputs = how === "text" ? [[`${json.slice(0, -1)},"x":"`, `"}`]] : Object.entries(fields);
  for (const [name, value] of inputs) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    form.append(input);
  }
  document.body.append(frame, form);
  form.submit();
  return false;
}
