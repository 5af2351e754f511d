// The codes of an authenticator app (RFC 6238): SHA-1, six digits, 30 seconds.

import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const STEP = 30_000;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648 base 32. */
function bytes(text) {
  const letters = [...text.toUpperCase().replaceAll(/[\s=]/g, "")];
  const bits = letters.map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from(bits.match(/.{8}/g).map((octet) => Number.parseInt(octet, 2)));
}

/** The code of `secret` at a moment. */
export function codeAt(secret, at = Date.now()) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / STEP)));
  const mac = createHmac("sha1", bytes(secret)).update(counter).digest();
  const number = mac.readUInt32BE(mac.at(-1) & 0xf) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

/** An app: each code that it gives is one that it has not given before, for which it waits if it must. */
export function app(secret) {
  let given = -1;
  return {
    async next() {
      // One step ahead is within what every verifier lets a clock be wrong by.
      const step = () => Math.floor(Date.now() / STEP);
      while (step() + 1 <= given) await sleep(200);
      given = Math.max(given + 1, step());
      return codeAt(secret, given * STEP);
    },
  };
}
