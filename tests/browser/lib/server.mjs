// `riser serve` as an operator starts it, where the demonstration's configuration will not do.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { administration, start, freePorts } from "./demo.mjs";
import { noneRedundant } from "./metrics.mjs";

const READY = 20_000;

const configuration = (port, metrics, { webauthn = "", enrolment = "", more = "" }) => `issuer = "http://localhost:${port}"

[server]
listen = "127.0.0.1:${port}"
metrics = "127.0.0.1:${metrics}"

[database]
url = "sqlite://riser.db"

[webauthn]
rp_id = "localhost"
origins = ["http://localhost:${port}"]
${webauthn}

[enrolment]
${enrolment}

[mail]
from = "Riser <no-reply@example.com>"
folder = "mail"

[[client]]
client_id = "playground"
client_name = "Playground"
redirect_uris = ["http://127.0.0.1:9090/callback"]
token_endpoint_auth_method = "none"
grant_types = ["authorization_code", "refresh_token"]
${more}
`;

/** Starts a provider on data of its own. `files` are put beside its configuration, by name. */
export async function startServer({ files = {}, ...settings } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "riser-browser-"));
  const port = await freePorts();
  const config = join(folder, "riser.toml");
  let running;
  const server = {
    provider: `http://localhost:${port}`,
    // The second of the two ports, which the demonstration gives to the bank.
    metrics: `http://127.0.0.1:${port + 1}/metrics`,
    mail: join(folder, "mail"),
    people: [],
    ...administration(() => config),
    async stop() {
      try {
        if (running) await noneRedundant(server.metrics);
      } finally {
        await running?.end();
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
  try {
    for (const [name, bytes] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), bytes);
    }
    await writeFile(config, configuration(port, port + 1, settings), { mode: 0o600 });
    running = await start(["serve", "--config", config], (child, ended, log) => answers(server, ended, log));
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function answers({ provider }, ended, log) {
  let over;
  ended.then((how) => (over = how));
  for (const until = Date.now() + READY; Date.now() < until; await sleep(50)) {
    if (over) throw new Error(`riser serve ${over}\n${log()}`);
    const { ok } = await fetch(`${provider}/readyz`).catch(() => ({}));
    if (ok) return;
  }
  throw new Error(`riser serve was not ready in time\n${log()}`);
}
