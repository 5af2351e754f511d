// The few pages of this leg: the end of the popup, and what is said when there is nothing to go on with. An application
// gives its own `page` to have them in its own look.

/**
 * @typedef {object} Page
 * @property {string} title
 * @property {string} text
 * @property {string} [script] the address of the module that ends the popup; the element with the id `riser-answer` must be
 *   on the page, with `data`
 * @property {Record<string, string>} data for `data-` attributes: letters, digits, `-` and `_` only
 */

/** Nothing from elsewhere, nothing inline, in nobody's frame. */
const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  // The popup crosses to the provider and back: with another value the page would lose sight of it.
  "cross-origin-opener-policy": "unsafe-none",
};

/**
 * A page in no particular look. Its texts are this package's own.
 * @param {Page} page
 */
export function plain({ title, text, script, data }) {
  const attributes = Object.entries(data).map(([name, value]) => ` data-${name}="${value}"`);
  const module = script === undefined ? "" : `\n<script type="module" src="${script}"></script>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>${module}
</head>
<body>
<main id="riser-answer"${attributes.join("")}>
<h1>${title}</h1>
<p>${text}</p>
<p><a href="/">Start page</a></p>
</main>
</body>
</html>
`;
}

/**
 * @param {(page: Page) => string} render
 * @param {number} status
 * @param {Omit<Page, "data"> & { data?: Record<string, string> }} page
 * @returns {import("../server/answer.js").Answer}
 */
export function html(render, status, page) {
  const data = page.data ?? {};
  // Not escaped but checked: nothing that needs an escape may come this far.
  if (!Object.values(data).every((value) => /^[\w-]*$/.test(value))) throw new TypeError("an answer has an unexpected character");
  return { status, headers: { ...HEADERS }, body: render({ ...page, data }) };
}

export const NOTICES = {
  nothingWaits: {
    title: "There is nothing to confirm",
    text: "Nothing was changed. Go back to the page that you came from and try again.",
  },
  notExpected: {
    title: "This answer was not expected",
    text: "It was used before, took too long, or belongs to another browser. Nothing was changed.",
  },
  notSignedIn: {
    title: "You are not signed in",
    text: "The sign-in was not completed. Go back to the start page to try again.",
  },
  away: {
    title: "Signing in is not possible at the moment",
    text: "The sign-in service does not answer. Please try again in a minute.",
  },
  popup: {
    title: "You can close this window",
    text: "It goes on in the window in which you began.",
  },
};
