// The product as a person starts it: `riser demo`, on ports and data of its own.

import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

import { noneRedundant } from "./metrics.mjs";

const ROOT = resolve(import.meta.dirname, "../../..");
/** The binary under test. */
export const RISER = process.env.RISER_BIN ?? join(ROOT, "target/release/riser");
const START = 20_000;

/** A port that is free, and so are the next three: the provider's and the sample applications'. */
export async function freePorts() {
  for (let tries = 0; tries < 50; tries += 1) {
    const first = await listen(0, "127.0.0.1");
    const { port } = first.address();
    const held = [first];
    try {
      for (const next of [1, 2, 3]) held.push(await listen(port + next, "127.0.0.1"));
      held.push(await listen(port, "::1"));
      return port;
    } catch (error) {
      // On a machine without IPv6 there is no fifth to hold.
      if (held.length === 4 && error.code !== "EADDRINUSE") return port;
    } finally {
      await Promise.all(held.map((server) => new Promise((done) => server.close(done))));
    }
  }
  throw new Error("no four free ports side by side");
}

function listen(port, host) {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(port, host, () => done(server));
  });
}

/**
 * Starts the demonstration; the answer is its one line of JSON (docs/demo-json.md) and what to do with it. `roots` are
 * certificates of makers of keys, by the names of their files.
 */
export async function startDemo({ roots = {} } = {}) {
  const data = await mkdtemp(join(tmpdir(), "riser-browser-"));
  await mkdir(join(data, "attestation-roots"));
  const files = Object.entries(roots).map(([name, bytes]) => writeFile(join(data, "attestation-roots", name), bytes));
  await Promise.all(files);
  const port = await freePorts();
  let running;
  const demo = {
    ...administration(() => demo.config),
    /** Ends it as an operator would, and starts it again on the same data. */
    async restart() {
      await noneRedundant(demo.metrics);
      await running.end();
      running = await run(port, data);
      Object.assign(demo, running.told);
    },
    async stop() {
      try {
        if (running) await noneRedundant(demo.metrics);
      } finally {
        await running?.end();
        await rm(data, { recursive: true, force: true });
      }
    },
  };
  try {
    running = await run(port, data);
    return Object.assign(demo, running.told);
  } catch (error) {
    await demo.stop();
    throw error;
  }
}

/** One run of the demonstration. */
function run(port, data) {
  const args = ["demo", "--json", "--listen", `127.0.0.1:${port}`, "--data", data];
  return start(args, async (child, ended, log) => JSON.parse(await firstLine(child, ended, log)));
}

/** One run of the binary: what `ready` made of it, and how to end it. */
export async function start(args, ready) {
  const child = spawn(RISER, args, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stderr.on("data", (text) => (log += text));
  const ended = new Promise((done) => {
    child.once("exit", (code) => done(`ended with ${code}`));
    child.once("error", (error) => done(`did not start: ${error.message}`));
  });
  const end = async () => {
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await ended;
    clearTimeout(late);
  };
  try {
    return { told: await ready(child, ended, () => log), end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function firstLine(child, ended, log) {
  const lines = createInterface(child.stdout);
  const line = new Promise((done) => lines.once("line", done));
  const late = sleep(START, "said nothing in time", { ref: false });
  const first = await Promise.race([line, Promise.race([ended, late]).then((fault) => ({ fault }))]);
  if (first.fault) throw new Error(`${RISER} ${first.fault}\n${log()}`);
  return first;
}

/** Runs an administrative command on the same data; its JSON document. */
function riser(args, input = "") {
  return new Promise((done, fail) => {
    const child = execFile(RISER, args, { timeout: 20_000 }, (error, stdout, stderr) =>
      error ? fail(new Error(`riser ${args.join(" ")}: ${stderr || error.message}`)) : done(JSON.parse(stdout)),
    );
    // A command that asks for no input may have ended before its input does; how it ended is what counts.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

/** What an administrator does from the shell, on the data of the configuration that `config` names. */
export function administration(config) {
  const run = (args, input) => riser([...args, "--config", config()], input);
  return {
    riser: run,
    /** A link under which `name` may register something that counts up to `ceiling`. */
    async link(name, ceiling) {
      return (await run(["grant", "create", "--user", name, "--ceiling", ceiling, "--json"])).url;
    },
    /** One more person, with a password, an address, and the link to a first passkey. */
    async addPerson(name, ceiling = "phr") {
      const password = `the long password of ${name}`;
      const add = ["user", "add", name, "--email", `${name}@example.com`, "--password-stdin", "--json"];
      await run(add, `${password}\n`);
      return { username: name, password, enrolment_url: await this.link(name, ceiling) };
    },
  };
}
