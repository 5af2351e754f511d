// One exchange with the provider: no redirect is followed, it ends within five seconds, and at most 256 KiB are read.

const MAX_BODY_BYTES = 256 * 1024;
const TIMEOUT_MS = 5_000;

/** The provider could not be asked. The guard then denies: it is not that the token is bad. */
export class Unavailable extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "Unavailable";
  }
}

/**
 * @param {typeof globalThis.fetch} fetch
 * @param {string} url
 * @param {RequestInit} [init]
 * @returns {Promise<{ status: number, text: string }>}
 * @throws {Unavailable}
 */
export async function exchange(fetch, url, init = {}) {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { ...init, redirect: "error", signal });
    return { status: response.status, text: await bounded(response, url) };
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    throw new Unavailable(`\`${url}\` cannot be reached`);
  }
}

/**
 * @param {Response} response
 * @param {string} url
 */
async function bounded(response, url) {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let text = "";
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > MAX_BODY_BYTES) {
      await reader.cancel();
      throw new Unavailable(`\`${url}\` sent too much`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

/**
 * A JSON document of the provider's.
 * @param {typeof globalThis.fetch} fetch
 * @param {string} url
 * @returns {Promise<unknown>}
 * @throws {Unavailable}
 */
export async function document(fetch, url) {
  const { status, text } = await exchange(fetch, url, { headers: { accept: "application/json" } });
  if (status !== 200) throw new Unavailable(`\`${url}\` answered ${status}`);
  try {
    return JSON.parse(text);
  } catch {
    throw new Unavailable(`\`${url}\` is not JSON`);
  }
}
