/**
 * Bluesky's own server (PDS) and directory of identities (PLC), both by others, on loopback.
 *
 * Reads one JSON object of options from stdin, prints one JSON line `{"url": …}` once both listen,
 * and lives until stdin ends. The packages are found in the working directory.
 *
 *   folder          where it keeps repositories and files
 *   jwt_secret      what it signs sessions with, so that a test can make one that is over
 *   rate_limits     true counts requests as the vendor's servers do
 */

import { once } from "node:events";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.cwd(), "package.json"));
const load = (name) => import(pathToFileURL(require.resolve(name)));

const lines = createInterface({ input: process.stdin });
const [line] = await once(lines, "line");
const options = JSON.parse(line);
lines.on("close", () => process.exit(0));

const plcPort = await freePort();
const { MockDatabase, PlcServer } = require("@did-plc/server");
const directory = PlcServer.create({ db: new MockDatabase(), port: plcPort });
onLoopback(directory.app);
await directory.start();

const port = await freePort();
const url = `http://127.0.0.1:${port}`;
Object.assign(process.env, {
  LOG_ENABLED: "false",
  PDS_ADMIN_PASSWORD: "the admin's password",
  PDS_BLOBSTORE_DISK_LOCATION: join(options.folder, "blobs"),
  PDS_BLOB_UPLOAD_LIMIT: String(50 * 1024 * 1024),
  PDS_DATA_DIRECTORY: options.folder,
  PDS_DEV_MODE: "true",
  PDS_DID_PLC_URL: `http://127.0.0.1:${plcPort}`,
  PDS_DISABLE_SSRF_PROTECTION: "true",
  PDS_DPOP_SECRET: "d".repeat(64),
  PDS_HOSTNAME: "localhost",
  PDS_INVITE_REQUIRED: "false",
  PDS_JWT_SECRET: options.jwt_secret,
  PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: "7".repeat(64),
  PDS_PORT: String(port),
  PDS_RATE_LIMITS_ENABLED: String(options.rate_limits ?? false),
  PDS_SERVICE_HANDLE_DOMAINS: ".test",
});
const { PDS, envToCfg, envToSecrets, readEnv } = await load("@atproto/pds");
const environment = readEnv();
const server = await PDS.create(envToCfg(environment), envToSecrets(environment));
onLoopback(server.app);
await server.start();
console.log(JSON.stringify({ url }));

/** Both listen on every interface if one lets them. */
function onLoopback(app) {
  const listen = app.listen.bind(app);
  app.listen = (port) => listen(port, "127.0.0.1");
}

async function freePort() {
  const probe = createServer();
  await new Promise((listening) => probe.listen(0, "127.0.0.1", listening));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}
