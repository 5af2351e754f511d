// node server.js SETTINGS [--until-stdin-ends]: the payroll on loopback, until it is told to stop.

import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";

import { createApp } from "./src/app.js";

const [path, ...flags] = process.argv.slice(2);
if (!path) {
  console.error("usage: node server.js SETTINGS.json (riser demo writes them into its data folder, as payroll.json)");
  process.exit(2);
}
const settings = JSON.parse(await readFile(path, "utf8"));
const app = await createApp({ ...settings, data: resolve(dirname(path), settings.data) });
const { hostname, port } = new URL(settings.publicUrl);
const server = app.listen(Number(port), hostname, (error) => {
  if (error) throw error;
  console.log(`Payroll listens at ${settings.publicUrl}`);
});

const stop = () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
// Whoever started it holds the other end: it does not outlive them.
if (flags.includes("--until-stdin-ends")) process.stdin.resume().on("end", stop);
