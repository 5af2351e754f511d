// A demonstration or a server, and a browser, for one file of journeys, with people who have what they need.

import assert from "node:assert/strict";
import { after, before } from "node:test";

import { device, launch } from "./browser.mjs";
import { startDemo } from "./demo.mjs";
import { secondOpinion } from "./opinion.mjs";
import { enrol } from "./riser.mjs";
import { startServer } from "./server.mjs";

/**
 * Starts both before the first test of a `describe` and ends both after the last. In the demonstration `ada` has
 * the link to a first passkey, `grace` has none, and `roots` are whose keys count as hardware; on a `server` of one's own settings there are `people`, each
 * with a link of that ceiling.
 */
export function scene({ server, people = {}, roots } = {}) {
  const scene = {};
  before(async () => {
    scene.browser = await launch();
    scene.demo = server ? await startServer(await server(scene.browser)) : await startDemo({ roots: await roots?.(scene.browser) });
    for (const person of scene.demo.people) scene[person.username] = person;
    for (const [name, ceiling] of Object.entries(people)) scene[name] = await scene.demo.addPerson(name, ceiling);
  });
  after(async () => {
    // Every ceremony of these journeys, as another library sees it.
    const { differ } = await secondOpinion();
    await scene.browser?.close();
    await scene.demo?.stop();
    assert.deepEqual(differ, [], "Riser and the second opinion differ on a ceremony");
  });
  /** Enrols a first passkey; the passkeys that any device of this person holds from now on. */
  scene.enrolled = async (person, kind) => {
    const first = await device(scene.browser, { kind });
    await enrol(first, person);
    const { passkeys } = first.authenticator;
    await first.close();
    return passkeys;
  };
  return scene;
}
