// What `riser check` says of registrations that would be dangerous.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { RISER } from "../lib/demo.mjs";

const CONFIG = (uri) => `issuer = "http://localhost:8080"

[webauthn]
rp_id = "localhost"
origins = ["http://localhost:8080"]

[secrets]
key = { file = "secrets.key" }

[mail]
from = "no-reply@example.com"
folder = "mail"

[[client]]
client_id = "app"
token_endpoint_auth_method = "none"
redirect_uris = ["${uri}"]
`;

describe("a registration", () => {
  let folder;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "riser-check-"));
    await writeFile(join(folder, "secrets.key"), randomBytes(32).toString("base64"), { mode: 0o600 });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function check(uri) {
    const config = join(folder, "riser.toml");
    await writeFile(config, CONFIG(uri));
    const { status, stderr } = spawnSync(RISER, ["check", "--config", config], { encoding: "utf8", timeout: 20_000 });
    return { status, stderr };
  }

  test("of an ordinary address is good", async () => {
    for (const uri of ["https://app.example/callback", "https://app.example/callback?tenant=7", "http://127.0.0.1:9090/callback"]) {
      assert.deepEqual(await check(uri), { status: 0, stderr: "" }, uri);
    }
  });

  test("atk_oa_06_an_address_that_already_holds_a_part_of_the_answer_is_refused", async () => {
    for (const name of ["code", "error", "error_description", "iss", "state", "response", "%63ode"]) {
      const { status, stderr } = await check(`https://app.example/callback?tenant=7&${name}=x`);
      assert.equal(status, 1, name);
      assert.match(stderr, /riser\.toml:\d+: .*reserved parameters/, "the place and the cure");
    }
  });

  test("of an address that is not absolute, not https, with a fragment or a user is refused", async () => {
    for (const uri of ["/callback", "http://app.example/callback", "https://app.example/#x", "https://a@app.example/", "javascript:alert(1)", ""]) {
      assert.equal((await check(uri)).status, 1, uri);
    }
  });
});
