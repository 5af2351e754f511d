// A demonstration and a browser for one file of journeys, with people who have what they need.

import { after, before } from "node:test";

import { device, launch } from "./browser.mjs";
import { startDemo } from "./demo.mjs";
import { enrol } from "./riser.mjs";

/** `ada` has the link to a first passkey, `grace` has none. Starts both before the first test of a `describe` and ends both after the last. */
export function scene() {
  const scene = {};
  before(async () => {
    scene.demo = await startDemo();
    scene.browser = await launch();
    for (const person of scene.demo.people) scene[person.username] = person;
  });
  after(async () => {
    await scene.browser?.close();
    await scene.demo?.stop();
  });
  /** Enrols a first passkey; the passkeys that any device of this person holds from now on. */
  scene.enrolled = async (person) => {
    const first = await device(scene.browser);
    await enrol(first, person);
    const { passkeys } = first.authenticator;
    await first.close();
    return passkeys;
  };
  return scene;
}
