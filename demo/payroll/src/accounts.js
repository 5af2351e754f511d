// Who works here, and where their salaries go: one JSON file, written whole beside the old one and then put in its place,
// so that it is always either as it was or as it is.

import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** Longer than an approval can live, in milliseconds: what was spent before needs no remembering. */
const REMEMBERED = 600_000;
const FIRST_EMPLOYEE = 1001;
const FIRST_ACCOUNT = "DE02120300000000202051";

/** The accounts of one file. Its changes happen one after the other. */
export class Accounts {
  #file;
  #data;
  #last = Promise.resolve();

  /** @param {string} file */
  static async open(file) {
    const text = await readFile(file, "utf8").catch((error) => {
      if (error.code === "ENOENT") return '{"employees": {}, "spent": {}}';
      throw error;
    });
    return new Accounts(file, JSON.parse(text));
  }

  constructor(file, data) {
    this.#file = file;
    this.#data = data;
  }

  /** The employee who is `sub` at the provider; taken on when they come for the first time. */
  employee(sub) {
    return this.#change((data) => {
      const number = FIRST_EMPLOYEE + Object.keys(data.employees).length;
      data.employees[sub] ??= { number, holder: `Employee ${number}`, iban: FIRST_ACCOUNT, changedAt: null };
      return data.employees[sub];
    });
  }

  /**
   * Sends the salary of `sub` elsewhere and spends `txn`, both in one write.
   * @returns the employee, or nothing when `txn` was spent before
   */
  redirect(sub, { holder, iban }, txn) {
    return this.#change((data) => {
      const now = Date.now();
      if (Object.hasOwn(data.spent, txn)) return undefined;
      data.spent = Object.fromEntries(Object.entries(data.spent).filter(([, at]) => now - at < REMEMBERED));
      data.spent[txn] = now;
      Object.assign(data.employees[sub], { holder, iban, changedAt: now });
      return data.employees[sub];
    });
  }

  /** Makes one change on a copy, and lets it count once it is on the disk. */
  #change(change) {
    const done = this.#last.then(async () => {
      const copy = structuredClone(this.#data);
      const result = change(copy);
      if (JSON.stringify(copy) !== JSON.stringify(this.#data)) await write(this.#file, JSON.stringify(copy, null, 2));
      this.#data = copy;
      return structuredClone(result);
    });
    // One that fails leaves the next ones alone.
    this.#last = done.then(() => {}, () => {});
    return done;
  }
}

async function write(file, text) {
  const beside = `${file}.new`;
  const handle = await open(beside, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(beside, file);
  // The new name, too, has to last.
  const folder = await open(dirname(file), "r");
  await folder.sync().finally(() => folder.close());
}
