/**
 * WordPress itself, on PHP compiled to WebAssembly, with SQLite inside; all by others, on loopback.
 *
 * Reads one JSON object of options from stdin, prints one JSON line
 * `{"url": …, "username": …, "app_password": …}` once it answers, and lives until stdin ends. The
 * packages are found in the working directory.
 *
 *   folder     where the site is
 *   is_warm    false leaves the very first request to the test: a fresh site sends it elsewhere
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

const PROGRAM = "node_modules/@wp-playground/cli/wp-playground.js";
const PASSWORD_FILE = "app-password.txt";

const lines = createInterface({ input: process.stdin });
const [line] = await once(lines, "line");
const { folder, is_warm: isWarm = true } = JSON.parse(line);

const site = join(folder, "site");
await cp("unpacked", site, { recursive: true });
const blueprint = join(folder, "blueprint.json");
await writeFile(
  blueprint,
  JSON.stringify({
    steps: [
      {
        step: "runPHP",
        code: `<?php require "/wordpress/wp-load.php";
          update_option("permalink_structure", "/%postname%/");
          flush_rewrite_rules();
          [$password] = WP_Application_Passwords::create_new_application_password(1, ["name" => "postbroker"]);
          file_put_contents("/wordpress/${PASSWORD_FILE}", $password);`,
      },
    ],
  }),
);

const port = await freePort();
const server = spawn(
  process.execPath,
  [
    PROGRAM,
    "server",
    `--port=${port}`,
    `--mount-before-install=${site}:/wordpress`,
    "--wordpress-install-mode=install-from-existing-files-if-needed",
    `--blueprint=${blueprint}`,
    "--workers=6",
    "--define",
    "WP_ENVIRONMENT_TYPE",
    "local",
  ],
  { stdio: ["ignore", "pipe", "inherit"] },
);
lines.on("close", () => {
  server.kill();
  process.exit(0);
});
server.on("exit", (code) => process.exit(code ?? 1));
await isReady();

const url = `http://127.0.0.1:${port}`;
const password = await readFile(join(site, PASSWORD_FILE), "utf-8");
await rm(join(site, PASSWORD_FILE));
if (isWarm) await fetch(`${url}/wp-json/`, { redirect: "manual" });
console.log(JSON.stringify({ url, username: "admin", app_password: password }));

async function isReady() {
  let said = "";
  for await (const chunk of server.stdout) {
    said += chunk;
    if (said.includes("Ready!")) break;
  }
  server.stdout.resume();
}

async function freePort() {
  const probe = createServer();
  await new Promise((listening) => probe.listen(0, "127.0.0.1", listening));
  const { port: free } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return free;
}
