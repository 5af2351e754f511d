// A page of documentation as a person follows it: its files are written, its commands run in one shell, in order.

import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

import { RISER, freePorts } from "./demo.mjs";

const ROOT = resolve(import.meta.dirname, "../../..");
const PATIENCE = 60_000;

/** The fenced blocks of a page: ```language file. */
function blocks(page) {
  const found = page.matchAll(/^```(\w+)(?: (\S+))?\n([^]*?)^```$/gm);
  return [...found].map(([, language, file, text]) => ({ language, file, text }));
}

/**
 * Begins to follow `docs/NAME.md`. Nothing of it is changed but the two ports, which others may use at the same time.
 * `next()` writes files up to the next commands and runs these; `code` stands for what a person takes from their browser.
 */
export async function follow(name) {
  const port = await freePorts();
  const moved = (text) => text.replaceAll("8080", String(port)).replaceAll("3000", String(port + 1));
  const folder = await mkdtemp(join(tmpdir(), "riser-quickstart-"));
  await mkdir(join(folder, "bin"));
  await symlink(resolve(RISER), join(folder, "bin/riser"));
  const shell = startShell(folder);
  const left = blocks(await readFile(join(ROOT, "docs", `${name}.md`), "utf8"));
  return {
    provider: `http://localhost:${port}`,
    own: `http://127.0.0.1:${port + 1}`,
    get isDone() {
      return left.length === 0;
    },
    async next({ code = "" } = {}) {
      for (;;) {
        const { language, file, text } = left.shift();
        if (language === "sh") return shell.run(moved(text).replaceAll("THE-CODE", code));
        await mkdir(dirname(join(folder, file)), { recursive: true });
        await writeFile(join(folder, file), moved(text));
      }
    },
    async stop() {
      shell.end();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** One bash, with what it has started in the background, in a process group of its own. */
function startShell(folder) {
  const env = { ...process.env, RISER: ROOT, PATH: `${join(folder, "bin")}:${process.env.PATH}` };
  const bash = spawn("bash", ["-s"], { cwd: folder, env, detached: true });
  let said = "";
  for (const stream of [bash.stdout, bash.stderr]) stream.on("data", (text) => (said += text));
  let count = 0;
  return {
    /** What the commands print, once they are through. They must succeed. */
    async run(commands) {
      const mark = `--- ${(count += 1)} is done: `;
      said = "";
      bash.stdin.write(`set -e\n${commands}\nset +e\necho "${mark}$?"\n`);
      for (const until = Date.now() + PATIENCE; !said.includes(mark); ) {
        if (bash.exitCode !== null || Date.now() > until) throw new Error(`the commands failed:\n${commands}\n${said}`);
        await new Promise((done) => setTimeout(done, 50));
      }
      return said.slice(0, said.indexOf(mark));
    },
    end() {
      try {
        process.kill(-bash.pid, "SIGTERM");
      } catch {
        // It has ended already.
      }
    },
  };
}

/** Waits until something answers at `url`. */
export async function answers(url) {
  for (const until = Date.now() + PATIENCE; Date.now() < until; ) {
    if (await fetch(url).then(() => true, () => false)) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${url} did not answer`);
}
