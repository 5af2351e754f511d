// Harbour Payroll: an ordinary Express application. Reading a payslip asks for nothing beyond the sign-in; another account
// for the salary asks the person to confirm exactly that account.

import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import ejs from "ejs";
import express from "express";
import session from "express-session";
import { webApplication } from "riser-step-up/express";
import { createRelyingParty } from "riser-step-up/relying-party";
import { createGuard } from "riser-step-up/server";

import { Accounts } from "./accounts.js";
import { details, parse } from "./change.js";
import { grouped } from "./iban.js";
import { payslips } from "./payslips.js";

const VIEWS = fileURLToPath(new URL("../views/", import.meta.url));
const PUBLIC = fileURLToPath(new URL("../public/", import.meta.url));

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
const HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; " +
    "base-uri 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "same-origin",
  "Cache-Control": "no-store",
  // The popup crosses to the provider and back: with `same-origin` the page would lose sight of it.
  "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
};

/**
 * @param {{ issuer: string, clientId: string, clientSecret: string, publicUrl: string, data: string }} settings
 */
export async function createApp({ issuer, clientId, clientSecret, publicUrl, data }) {
  const accounts = await Accounts.open(data);
  const notice = ejs.compile(await readFile(`${VIEWS}notice.ejs`, "utf8"), { filename: `${VIEWS}notice.ejs` });
  const riser = webApplication({
    guard: createGuard({ issuer, audience: `${publicUrl}/api`, clientId, clientSecret }),
    relyingParty: createRelyingParty({ issuer, clientId, clientSecret, redirectUri: `${publicUrl}/callback` }),
    page: (page) => notice({ script: undefined, csrf: undefined, ...page }),
    log: ({ code, why }) => console.error(`refused: ${code} (${why})`),
  });

  const app = express();
  app.disable("x-powered-by");
  app.set("view engine", "ejs").set("views", VIEWS);
  app.use((_request, response, next) => {
    response.set(HEADERS);
    next();
  });
  app.use("/assets", express.static(PUBLIC, { cacheControl: false, index: false }));
  app.use(
    session({
      name: "payroll_session",
      secret: randomBytes(32).toString("base64url"),
      resave: false,
      saveUninitialized: false,
      // `lax`, because the way back from the provider is a navigation from another site.
      cookie: { httpOnly: true, sameSite: "lax", secure: publicUrl.startsWith("https:"), maxAge: 8 * 3600 * 1000 },
    }),
  );
  app.use(riser.routes);

  app.get("/", async (request, response) => {
    const person = riser.signedIn(request);
    if (!person) return response.render("welcome", { title: "Harbour Payroll", csrf: undefined });
    const employee = await accounts.employee(person.sub);
    response.render("home", { title: "Your salary", csrf: csrfOf(request), employee, account: grouped(employee.iban), payslips });
  });
  app.get("/payslips/:month", (request, response, next) => {
    const slip = payslips.find(({ month }) => month === request.params.month);
    if (!riser.signedIn(request)) return response.redirect(303, "/");
    if (!slip) return next();
    response.render("payslip", { title: `Payslip for ${slip.title}`, csrf: csrfOf(request), slip });
  });
  app.post("/sign-out", express.urlencoded({ extended: false }), fromOurPage, (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.clearCookie("payroll_session").redirect(303, "/")));
  });

  /** Reads the change once; everything after it uses what was read. */
  const read = async (request, _response, next) => {
    request.change = parse(request.body);
    request.employee = await accounts.employee(riser.signedIn(request).sub);
    next();
  };
  const confirmed = riser.protect({
    acr: "phr",
    maxAge: 300,
    binding: { details: ({ employee, change }) => details(employee.number, change), spend: "handler" },
  });
  app.put("/api/salary-account", express.json({ limit: "4kb" }), fromOurPage, read, confirmed, async (request, response) => {
    const { txn } = request.riser.elevation;
    const employee = await accounts.redirect(riser.signedIn(request).sub, request.change, txn);
    if (!employee) return problem(response, 409, "This confirmation was already used");
    response.json({ holder: employee.holder, iban: employee.iban, account: grouped(employee.iban) });
  });

  app.use((_request, response) => {
    const [title, text] = ["There is nothing at this address", "Go back to the start page."];
    response.status(404).render("notice", { title, text, data: {}, script: undefined, csrf: undefined });
  });
  app.use((error, _request, response, _next) => {
    const status = error.status >= 400 && error.status < 500 ? error.status : 500;
    if (status === 500) console.error(error);
    problem(response, status, status === 500 ? "Internal error" : error.message, error.fields ? { fields: error.fields } : {});
  });
  return app;
}

/** What a person's own pages send back with each change (WB-01). */
function csrfOf(request) {
  return (request.session.csrf ??= randomBytes(24).toString("base64url"));
}

/** Lets through only what shows the token of this browser's own pages. */
function fromOurPage(request, response, next) {
  const shown = Buffer.from(String(request.get("x-csrf-token") ?? request.body?.csrf_token ?? ""));
  const expected = Buffer.from(request.session.csrf ?? "");
  const has = expected.length > 0 && shown.length === expected.length && timingSafeEqual(shown, expected);
  return has ? next() : problem(response, 403, "The request did not come from one of our pages, or you are not signed in any more");
}

function problem(response, status, title, members = {}) {
  response.status(status).type("application/problem+json").send(JSON.stringify({ type: "about:blank", title, status, ...members }));
}
