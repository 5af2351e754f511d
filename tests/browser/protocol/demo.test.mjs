// `riser demo` without Node's part: it goes on, and says what to do.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { RISER, freePorts } from "../lib/demo.mjs";

/** The demonstration as it is told to people, until its last line. */
async function told(args) {
  const data = await mkdtemp(join(tmpdir(), "riser-browser-"));
  const port = await freePorts();
  const child = spawn(RISER, ["demo", "--listen", `127.0.0.1:${port}`, "--data", data, ...args]);
  const ended = new Promise((done) => child.once("exit", done));
  let text = "";
  try {
    for await (const part of child.stdout) {
      text += part;
      if (text.includes("Stop with Ctrl-C")) break;
    }
    return { text, bank: (await fetch(`http://127.0.0.1:${port + 1}/`)).status };
  } finally {
    child.kill("SIGTERM");
    await ended;
    await rm(data, { recursive: true, force: true });
  }
}

test("a demonstration whose payroll is not there says how to have it, and the rest runs", async () => {
  const { text, bank } = await told(["--payroll", "/nowhere"]);
  assert.match(text, /^Payroll not running: run `npm --prefix \/nowhere ci`/m);
  assert.equal(bank, 200);
});

test("a demonstration with its payroll names its address", async () => {
  const { text } = await told([]);
  assert.match(text, /^Payroll http:\/\/127\.0\.0\.1:\d+$/m);
});
