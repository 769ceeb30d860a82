/** Builds the scripts of the server's own pages: a bundle a simulated site, the dashboard's with htmx, and the reference's. */

import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { build, type BuildOptions } from "esbuild";

const HERE = new URL(".", import.meta.url).pathname;
const SANDBOX = new URL("../postbroker/sandbox/static/built/", import.meta.url).pathname;
const MANUAL = new URL("../postbroker/http/manual/static/built/", import.meta.url).pathname;
const DASHBOARD = new URL("../postbroker/dashboard/static/built/", import.meta.url).pathname;

const { resolve } = createRequire(import.meta.url);

/** A site is a folder with a `main`; what sites share has none. */
const sites = (await readdir(`${HERE}src`, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) =>
    ["main.tsx", "main.ts"]
      .map((file) => ({ in: `src/${name}/${file}`, out: name }))
      .filter((entry) => existsSync(HERE + entry.in)),
  );
const styles = sites.map(({ out }) => ({ in: `src/${out}/${out}.css`, out }));

const options: BuildOptions = {
  absWorkingDir: HERE,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  legalComments: "none",
};

await Promise.all([SANDBOX, DASHBOARD, MANUAL].map((folder) => mkdir(folder, { recursive: true })));
await Promise.all([
  build({
    ...options,
    entryPoints: [...sites, ...styles],
    outdir: SANDBOX,
    jsx: "automatic",
    // What a shadow root is styled with is read as text.
    loader: { ".shadow.css": "text" },
    // Draft.js expects the global object under its Node name.
    define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
  }),
  build({
    ...options,
    entryPoints: [{ in: "src/dashboard.ts", out: "dashboard" }],
    outdir: DASHBOARD,
  }),
  build({
    ...options,
    entryPoints: [{ in: "src/reference.ts", out: "reference" }],
    outdir: MANUAL,
  }),
  copyFile(resolve("swagger-ui-dist/swagger-ui-bundle.js"), `${MANUAL}swagger-ui-bundle.js`),
  copyFile(resolve("swagger-ui-dist/swagger-ui.css"), `${MANUAL}swagger-ui.css`),
  copyFile(resolve("swagger-ui-dist/LICENSE"), `${MANUAL}swagger-ui.LICENSE.txt`),
  copyFile(
    resolve("swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt"),
    `${MANUAL}swagger-ui-bundle.js.LICENSE.txt`,
  ),
  copyFile(resolve("htmx.org/dist/htmx.min.js"), `${DASHBOARD}htmx.min.js`),
  copyFile(resolve("htmx-ext-sse/sse.js"), `${DASHBOARD}sse.js`),
]);
