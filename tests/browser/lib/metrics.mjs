// What the provider counts, as an operator's collector reads it.

import assert from "node:assert/strict";

/** The counters by their names, with their labels as they are written. */
export async function metrics(url) {
  const text = await (await fetch(url)).text();
  const lines = text.split("\n").filter((line) => line && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => line.match(/^(.*) (\S+)$/).slice(1)));
}

/** No journey, whatever it is about, asks anybody for what is still fresh. */
export async function noneRedundant(url) {
  const { riser_prompts_redundant_total: redundant } = await metrics(url);
  assert.equal(redundant, "0", "a prompt for what was still fresh");
}
