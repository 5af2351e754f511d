// axe-core on a page as it stands. The pages' policy forbids foreign script elements; the browser's debugger may.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Fails on any violation of WCAG 2.2 AA that a program can see. */
export async function accessible(page, name) {
  await page.evaluate(source);
  const { violations, passes } = await page.evaluate(
    (tags) => window.axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] }),
    TAGS,
  );
  if (passes.length === 0) throw new Error(`axe-core looked at nothing on ${name}`);
  if (violations.length === 0) return;
  const told = violations.map(({ id, help, nodes }) => {
    const places = nodes.map((node) => `    ${node.target.join(" ")}: ${node.failureSummary?.split("\n")[1]?.trim()}`);
    return [`  ${id}: ${help}`, ...places].join("\n");
  });
  throw new Error(`${name} (${page.url()}) is not accessible:\n${told.join("\n")}`);
}
