// Every page that a journey meets is looked at in four ways, checked by axe-core, and photographed.

import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";

import { accessible } from "./axe.mjs";

const SHOTS = resolve(import.meta.dirname, "../shots");
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };
const SMALLEST = { width: 320, height: 640 };

const LOOKS = [
  { name: "desktop-light", size: DESKTOP, colorScheme: "light" },
  { name: "desktop-dark", size: DESKTOP, colorScheme: "dark" },
  { name: "phone-light", size: PHONE, colorScheme: "light" },
  { name: "phone-dark", size: PHONE, colorScheme: "dark" },
];

await mkdir(SHOTS, { recursive: true });

/** Where a photograph of the journey itself goes. */
export const picture = (name) => join(SHOTS, `${name}.png`);

/** Looks at `page` as it stands; it is left as wide and as light as it was found. */
export async function look(page, name) {
  const found = page.viewportSize();
  for (const { name: way, size, colorScheme } of LOOKS) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await accessible(page, `${name}, ${way}`);
    await page.screenshot({ path: picture(`${name}-${way}`), fullPage: true });
  }
  await page.setViewportSize(SMALLEST);
  await fits(page, name);
  await page.setViewportSize(found);
  await page.emulateMedia({ colorScheme: "light" });
}

/** WCAG 1.4.10: at 320 px nothing has to be scrolled sideways. */
async function fits(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (over > 0) throw new Error(`${name} (${page.url()}) is ${over} px wider than a screen of 320 px`);
}
