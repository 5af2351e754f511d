// What is published: every entry with its module and its types, and nothing besides.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";

test("every entry is packed with its types", async () => {
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json", "--silent"], { cwd: new URL("..", import.meta.url) });
  const [{ files }] = JSON.parse(stdout.slice(stdout.indexOf("[")));
  const packed = files.map(({ path }) => path);
  const { exports, dependencies } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  for (const entry of Object.values(exports).filter((one) => typeof one === "object")) {
    assert.ok(packed.includes(entry.types.slice(2)), entry.types);
    assert.ok(packed.includes(entry.default.slice(2)), entry.default);
  }
  assert.deepEqual(packed.filter((path) => !/^(src|types)\/|^(package\.json|README\.md)$/.test(path)), []);
  assert.deepEqual(Object.keys(dependencies), ["jose"], "each line here is one that strangers carry");
});
