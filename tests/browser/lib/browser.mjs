// Chromium, and a person's device in it: one browser profile with one authenticator.

import { chromium } from "playwright-core";

import { record } from "./opinion.mjs";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Long enough for a busy machine, short enough to fail while somebody watches. */
export const PATIENCE = 15_000;

export function launch() {
  return chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS, timeout: 60_000 });
}

const EVERY = {
  protocol: "ctap2",
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
};

/** What holds passkeys, as Chromium plays it. */
export const KINDS = {
  /** In this one device, and never out of it. */
  platform: { ...EVERY, transport: "internal" },
  /** A password manager's: on all of a person's devices. */
  synced: { ...EVERY, transport: "internal", defaultBackupEligibility: true, defaultBackupState: true },
  /** A telephone's, beside the computer: synced, and reached from outside as a key is. */
  phone: { ...EVERY, transport: "hybrid", defaultBackupEligibility: true, defaultBackupState: true },
  /** On a key ring. */
  key: { ...EVERY, transport: "usb" },
};

/**
 * An authenticator that is plugged into every page of one browser profile.
 *
 * Chromium's virtual authenticators belong to one page each: a popup has none of its opener's. So the passkeys
 * are kept here, and every page gets an authenticator of its own that holds them. What one page registers or
 * uses is told to the others, because a counter that went backwards would look like a cloned authenticator.
 */
export class Authenticator {
  #kind;
  #passkeys = new Map();
  #plugged = new Map();
  #told = Promise.resolve();

  constructor(kind = KINDS.platform, passkeys = []) {
    this.#kind = kind;
    this.load(passkeys);
  }

  /** Plugs it into `page`; once, however often it is asked. */
  async plug(page) {
    if (!this.#plugged.has(page)) this.#plugged.set(page, this.#plugInto(page));
    await this.#told;
    return this.#plugged.get(page);
  }

  /** Takes it out of every page, for another. */
  async unplug() {
    const plugged = [...this.#plugged.values()];
    this.#plugged.clear();
    for (const { cdp, authenticatorId } of await Promise.all(plugged)) {
      await cdp.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
      await cdp.detach();
    }
  }

  async #plugInto(page) {
    page.on("close", () => this.#plugged.delete(page));
    const cdp = await page.context().newCDPSession(page);
    const keep = ({ credential }) => {
      this.#passkeys.set(credential.credentialId, credential);
      this.#told = this.#told.then(() => this.#tellOthers(page, credential));
    };
    cdp.on("WebAuthn.credentialAdded", keep);
    cdp.on("WebAuthn.credentialAsserted", keep);
    await cdp.send("WebAuthn.enable", { enableUI: false });
    const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", { options: this.#kind });
    for (const credential of this.#passkeys.values()) {
      await cdp.send("WebAuthn.addCredential", { authenticatorId, credential });
    }
    return { cdp, authenticatorId };
  }

  async #tellOthers(origin, credential) {
    const { credentialId } = credential;
    for (const [page, plugged] of this.#plugged) {
      if (page === origin) continue;
      const { cdp, authenticatorId } = await plugged;
      await cdp.send("WebAuthn.removeCredential", { authenticatorId, credentialId }).catch(() => {});
      await cdp.send("WebAuthn.addCredential", { authenticatorId, credential }).catch(() => {});
    }
  }

  get passkeys() {
    return [...this.#passkeys.values()];
  }

  /** A device that holds these too, as a synced passkey would be. */
  load(passkeys) {
    for (const passkey of passkeys) this.#passkeys.set(passkey.credentialId, passkey);
  }

  /** Sets what the authenticator of `page` says of its person: `setUserVerified`, `setResponseOverrideBits`. */
  async tell(page, command, options) {
    const { cdp, authenticatorId } = await this.plug(page);
    await cdp.send(`WebAuthn.${command}`, { authenticatorId, ...options });
  }
}

/**
 * A person's device: a browser profile whose pages all have the same passkeys.
 *
 * Chromium's virtual authenticators answer at once when a page only offers passkeys in a field's list, as if
 * somebody had chosen one. So a device is a browser without that list, unless `autofill` is asked for.
 */
export async function device(browser, { passkeys = [], kind = KINDS.platform, autofill = false, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  await record(context);
  if (!autofill) {
    await context.addInitScript(() => {
      if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false;
    });
  }
  let authenticator = new Authenticator(kind, passkeys);
  const refused = [];
  context.on("page", (page) => {
    // A popup runs at once; its prompt waits for a click, and the click waits for `popup` below.
    authenticator.plug(page).catch(() => {});
    page.on("pageerror", (error) => refused.push(`${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) refused.push(message.text());
    });
  });
  return {
    context,
    get authenticator() {
      return authenticator;
    },
    /** Another authenticator in the place of this one, in every page. */
    async take(other) {
      await authenticator.unplug();
      authenticator = other;
      await Promise.all(context.pages().map((page) => other.plug(page)));
    },
    async open(url) {
      const page = await context.newPage();
      await authenticator.plug(page);
      if (url) await page.goto(url);
      return page;
    },
    /** The popup that `press` opens from `page`, with its authenticator plugged in. */
    async popup(page, press) {
      const [popup] = await Promise.all([page.waitForEvent("popup"), press()]);
      await authenticator.plug(popup);
      await popup.waitForLoadState("load");
      return popup;
    },
    /** Fails if a page broke its own content policy, or its script threw. */
    quiet() {
      if (refused.length > 0) throw new Error(`pages complained:\n  ${refused.join("\n  ")}`);
    },
    close: () => context.close(),
  };
}
