// Chromium, and a person's device in it: one browser profile with one authenticator.

import { chromium } from "playwright-core";

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

/**
 * An authenticator that is plugged into every page of one browser profile.
 *
 * Chromium's virtual authenticators belong to one page each: a popup has none of its opener's. So the passkeys
 * are kept here, and every page gets an authenticator of its own that holds them. What one page registers or
 * uses is told to the others, because a counter that went backwards would look like a cloned authenticator.
 */
class Authenticator {
  #passkeys = new Map();
  #plugged = new Map();
  #told = Promise.resolve();

  /** Plugs it into `page`; once, however often it is asked. */
  async plug(page) {
    if (!this.#plugged.has(page)) this.#plugged.set(page, this.#plugInto(page));
    await this.#told;
    return this.#plugged.get(page);
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
    const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
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

/** A person's device: a browser profile whose pages all have the same passkeys. */
export async function device(browser, { passkeys = [], ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  const authenticator = new Authenticator();
  authenticator.load(passkeys);
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
    authenticator,
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
