// What an application keeps for one browser between its visits to the provider: plain JSON, for any session store.
// Everything in it is the server's; the browser holds the name of the session only.

/**
 * A step-up that was asked for. `key` says what an approval is good for.
 * @typedef {object} Pending
 * @property {string} key
 * @property {import("../server/challenge.js").StepUp} stepUp
 * @property {number} at seconds
 * @property {string} [outcome] `approved`, or the reason why not
 */

/**
 * @typedef {object} State
 * @property {{ sub: string, sid?: string, idToken: string }} [signedIn]
 * @property {Record<string, import("./index.js").Visit & { at: number, to?: string, pending?: string, popup?: boolean }>} [visits] by
 *   `state`
 * @property {Record<string, Pending>} [pending] by an identifier that the page knows
 * @property {Record<string, string>} [approved] access tokens, by key; none leaves the server
 */

/** The key of a token that approves no single action. */
export const WINDOW = "window";
/** More than a visit and an approval can take, in seconds. */
const LIFE = 900;
/** As many at once as a person could have open. */
const MOST = 8;

/**
 * Keeps a step-up; what asked for the same before gives way.
 * @param {State} state
 * @param {string} key
 * @param {import("../server/challenge.js").StepUp} stepUp
 * @param {number} now
 * @returns {string} its identifier
 */
export function keep(state, key, stepUp, now) {
  const id = crypto.randomUUID();
  const others = Object.entries(state.pending ?? {}).filter(([, one]) => one.key !== key);
  state.pending = Object.fromEntries([...recent(others, now), [id, { key, stepUp, at: now }]]);
  return id;
}

/**
 * @param {State} state
 * @param {string} id
 * @param {number} now
 * @returns {Pending | undefined}
 */
export function pendingOf(state, id, now) {
  const found = Object.entries(state.pending ?? {}).find(([one]) => one === id)?.[1];
  return found && isRecent(found, now) ? found : undefined;
}

/**
 * Keeps the token of an approval; of those that were never used, the oldest give way.
 * @param {State} state
 * @param {string} key
 * @param {string} token
 */
export function approve(state, key, token) {
  const { [WINDOW]: window, ...bound } = state.approved ?? {};
  const others = Object.entries(bound).filter(([one]) => one !== key).slice(1 - MOST);
  state.approved = { ...(window === undefined ? {} : { [WINDOW]: window }), ...Object.fromEntries(others), [key]: token };
}

/**
 * @param {State} state
 * @param {NonNullable<State["visits"]>[string]} visit
 * @param {number} now
 */
export function beginVisit(state, visit, now) {
  const others = Object.entries(state.visits ?? {});
  state.visits = Object.fromEntries([...recent(others, now), [visit.state, visit]]);
}

/**
 * Ends a visit: it is answered once.
 * @param {State} state
 * @param {string | null} name its `state`
 * @param {number} now
 */
export function endVisit(state, name, now) {
  const visits = Object.entries(state.visits ?? {});
  const found = visits.find(([one]) => one === name)?.[1];
  if (!found) return undefined;
  state.visits = Object.fromEntries(visits.filter(([one]) => one !== name));
  return isRecent(found, now) ? found : undefined;
}

/**
 * @param {{ at: number }} one
 * @param {number} now
 */
const isRecent = (one, now) => now >= one.at && now - one.at < LIFE;

/**
 * @template {{ at: number }} One
 * @param {[string, One][]} entries
 * @param {number} now
 */
const recent = (entries, now) => entries.filter(([, one]) => isRecent(one, now)).slice(1 - MOST);
