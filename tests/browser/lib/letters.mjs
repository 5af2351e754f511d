// The letters that owners get: files in the folder of `[mail]`.

import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE = 15_000;

/** The letter to `person` whose subject matches, once it is there: its subject, its text, and its links. */
export async function letter({ mail }, { username }, subject) {
  for (const until = Date.now() + PATIENCE; ; await sleep(100)) {
    const all = await letters(mail);
    const found = all.findLast((one) => one.to.includes(`${username}@`) && subject.test(one.subject));
    if (found) return found;
    if (Date.now() > until) {
      const had = all.map((one) => `  ${one.to}: ${one.subject}`).join("\n");
      throw new Error(`no letter to ${username} about ${subject}; there are:\n${had}`);
    }
  }
}

async function letters(folder) {
  const names = await readdir(folder).catch(() => []);
  const whole = names.filter((name) => name.endsWith(".eml")).sort();
  return Promise.all(whole.map(async (name) => parse(await readFile(join(folder, name), "utf8"))));
}

function parse(eml) {
  const [head] = eml.split("\r\n\r\n", 1);
  const headers = head.replaceAll(/\r\n[ \t]+/g, " ");
  const header = (name) => headers.match(new RegExp(`^${name}: (.*)$`, "im"))?.[1].trim() ?? "";
  const boundary = headers.match(/boundary="(.*?)"/)?.[1];
  const [, part] = eml.split(`--${boundary}\r\n`);
  const [of, ...rest] = part.split("\r\n\r\n");
  const body = rest.join("\r\n\r\n");
  const text = /base64/i.test(of) ? Buffer.from(body, "base64").toString() : /quoted/i.test(of) ? quoted(body) : body;
  // Names from outside stand between isolates (Unicode §3.4), which nobody sees.
  const subject = words(header("Subject")).replaceAll(/[\u2066-\u2069]/g, "");
  return { to: header("To"), subject, text, links: text.match(/https?:\/\/[\w:./-]+/g) ?? [], eml };
}

/** RFC 2045 §6.7. */
function quoted(text) {
  const joined = text.replaceAll(/=\r\n/g, "");
  const bytes = joined.replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}

/** RFC 2047. */
function words(text) {
  const joined = text.replaceAll(/\?=\s+=\?/g, "?==?");
  return joined.replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, how, said) =>
    how.toLowerCase() === "b" ? Buffer.from(said, "base64").toString() : quoted(said.replaceAll("_", " ")),
  );
}
