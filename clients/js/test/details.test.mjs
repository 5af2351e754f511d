// The canonical form of RFC 8785, with the author's own library as oracle, and what a person may be shown.

import assert from "node:assert/strict";
import { test } from "node:test";

import oracle from "canonicalize";
import { InvalidDetails, canonical, digest, isReadable, riserAction } from "riser-step-up/server";

test("rfc_8785_3_2_2_numbers_strings_and_order", () => {
  // The sample of RFC 8785 §3.2.2 and §3.2.3.
  const sample = {
    numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    literals: [null, true, false],
  };
  const expected =
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}';
  assert.equal(canonical(sample), expected);
  // §3.2.3: by UTF-16 code units.
  const names = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };
  assert.deepEqual(Object.values(JSON.parse(canonical(names).replaceAll('"1"', '"one"'))), [2, 4, 6, 7, 1, 5, 3]);
});

test("is what the oracle says, for many values", () => {
  let seed = 7;
  const next = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  const letters = ["a", "Z", "é", "\u20ac", "\ud83d\ude00", "\u0000", '"', "\\", "\u2028", "1"];
  const text = () => Array.from({ length: next(4) }, () => letters[next(letters.length)]).join("");
  const value = (depth) => {
    const kind = next(depth > 3 ? 4 : 6);
    if (kind === 0) return text();
    if (kind === 1) return next(2000) / 8 - 100;
    if (kind === 2) return [null, true, false, 0, -0, 1e21, 5e-324][next(7)];
    if (kind === 3) return next(1_000_000);
    if (kind === 4) return Array.from({ length: next(4) }, () => value(depth + 1));
    return Object.fromEntries(Array.from({ length: next(4) }, () => [text(), value(depth + 1)]));
  };
  for (let round = 0; round < 2_000; round += 1) {
    const one = value(0);
    assert.equal(canonical(one), oracle(one));
  }
});

test("what is not JSON has no canonical form", () => {
  for (const one of [undefined, Number.NaN, Infinity, 1n, () => 1, Symbol("x"), new Date(), new Map(), "\ud800", ["\udc00x"], { x: undefined }]) {
    assert.throws(() => canonical(one), InvalidDetails);
  }
});

test("a digest is the SHA-256 in base64url, as Riser takes it", async () => {
  assert.equal(await digest({}), "RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o");
});

test("atk_wb_06_what_deceives_is_not_readable", () => {
  for (const text of ["", " x", "x ", "a\nb", "a\u202eb", "a\u200bb", "\ufeffx", "a\u{e0041}", "x".repeat(141), "\ud800", 7, null]) {
    assert.equal(isReadable(text), false, JSON.stringify(text));
  }
  for (const text of ["ACME GmbH", "Söhne & Töchter", "日本", "😀".repeat(140)]) assert.equal(isReadable(text), true, text);
});

test("an action that no person could judge is not made", async () => {
  const good = { action: "pay", resource: "1", parameters: { to: "x" }, display: [["To", "ACME"]] };
  assert.deepEqual(Object.keys(await riserAction(good)), ["type", "action", "resource", "parameters_sha256", "display"]);
  for (const bad of [
    { action: "" },
    { resource: "a\u202eb" },
    { parameters: undefined },
    { display: [] },
    { display: [["To"]] },
    { display: [["To", "a\nb"]] },
    { display: Array.from({ length: 13 }, () => ["To", "ACME"]) },
  ]) {
    await assert.rejects(riserAction({ ...good, ...bad }), { name: "InvalidDetails", status: 422 }, JSON.stringify(bad));
  }
});
