// The payroll's file: one approval makes one change, whoever comes at the same time, and a restart forgets nothing.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";

import { Accounts } from "../src/accounts.js";
import { BadChange, details, parse } from "../src/change.js";

let folder;
let file;
let accounts;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "payroll-"));
  file = join(folder, "accounts.json");
  accounts = await Accounts.open(file);
});
afterEach(() => rm(folder, { recursive: true }));

const to = (iban) => ({ holder: "Ada", iban });

test("each person is taken on once, under a number of their own", async () => {
  const numbers = await Promise.all(["ada", "grace", "ada"].map(async (sub) => (await accounts.employee(sub)).number));
  assert.deepEqual(numbers, [1001, 1002, 1001]);
});

test("atk_su_18_of_twenty_uses_of_one_approval_exactly_one_changes_anything", async () => {
  await accounts.employee("ada");
  const tries = await Promise.all(Array.from({ length: 20 }, (_, count) => accounts.redirect("ada", to(`IBAN${count}`), "one")));
  assert.deepEqual(tries.map(Boolean).filter(Boolean).length, 1);
  assert.equal((await accounts.employee("ada")).iban, "IBAN0");
  // And after a restart the approval is as used as before.
  const again = await Accounts.open(file);
  assert.equal(await again.redirect("ada", to("IBAN99"), "one"), undefined);
  assert.equal((await again.employee("ada")).iban, "IBAN0");
});

test("a change that cannot be written is none, and the next one is as good as ever", async () => {
  await accounts.employee("ada");
  const before = await readFile(file, "utf8");
  await rm(folder, { recursive: true });
  await assert.rejects(accounts.redirect("ada", to("IBAN1"), "one"));
  const { mkdir, writeFile } = await import("node:fs/promises");
  await mkdir(folder);
  await writeFile(file, before);
  assert.notEqual((await accounts.employee("ada")).iban, "IBAN1");
  assert.equal((await accounts.redirect("ada", to("IBAN2"), "one")).iban, "IBAN2");
});

test("what is approved is the change, and each bad field is named", async () => {
  const change = parse({ holder: "Ada Lovelace", iban: "de89 3704 0044 0532 0130 00" });
  assert.deepEqual(change, { holder: "Ada Lovelace", iban: "DE89370400440532013000" });
  const [one] = await details(1001, change);
  const [other] = await details(1001, { ...change, iban: "GB29NWBK60161331926819" });
  assert.notEqual(one.parameters_sha256, other.parameters_sha256);
  assert.deepEqual(one.display.at(-1), ["New account", "DE89 3704 0044 0532 0130 00"]);
  for (const [body, field] of [
    [{ holder: "", iban: change.iban }, "holder"],
    [{ holder: "a\u202eb", iban: change.iban }, "holder"],
    [{ holder: "Ada", iban: "DE00370400440532013000" }, "iban"],
    [{ holder: "Ada", iban: 7 }, "iban"],
    [{ holder: "Ada", iban: change.iban, employee: 1002 }, "employee"],
  ]) {
    assert.throws(() => parse(body), (error) => error instanceof BadChange && error.fields[0].field === field, field);
  }
  assert.throws(() => parse(null), BadChange);
});
