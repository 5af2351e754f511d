// A demonstration and a browser for one file of journeys, with people who have what they need.

import { after, before } from "node:test";

import { device, launch } from "./browser.mjs";
import { startDemo } from "./demo.mjs";
import { enrol } from "./riser.mjs";

/** Starts both before the first test of a `describe` and ends both after the last. */
export function scene() {
  const scene = {};
  before(async () => {
    scene.demo = await startDemo();
    scene.browser = await launch();
    scene.ada = seeded(scene.demo, "ada");
    scene.grace = seeded(scene.demo, "grace");
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

function seeded(demo, username) {
  const { password, enrolment_url } = demo.people.find((person) => person.username === username);
  return { username, password, enrolment_url };
}
