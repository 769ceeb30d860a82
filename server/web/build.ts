/** Builds the scripts of the server's own pages: the sandbox's bundle, and the dashboard's with htmx. */

import { copyFile, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { build } from "esbuild";

const SANDBOX = new URL("../postbroker/sandbox/static/built/", import.meta.url).pathname;
const DASHBOARD = new URL("../postbroker/dashboard/static/built/", import.meta.url).pathname;

const { resolve } = createRequire(import.meta.url);

await Promise.all([mkdir(SANDBOX, { recursive: true }), mkdir(DASHBOARD, { recursive: true })]);
await Promise.all([
  build({
    absWorkingDir: new URL(".", import.meta.url).pathname,
    entryPoints: [
      { in: "src/x/main.tsx", out: "x" },
      { in: "src/x/x.css", out: "x" },
    ],
    outdir: SANDBOX,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    jsx: "automatic",
    legalComments: "none",
    // Draft.js expects the global object under its Node name.
    define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
  }),
  build({
    absWorkingDir: new URL(".", import.meta.url).pathname,
    entryPoints: [{ in: "src/dashboard.ts", out: "dashboard" }],
    outdir: DASHBOARD,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    legalComments: "none",
  }),
  copyFile(resolve("htmx.org/dist/htmx.min.js"), `${DASHBOARD}htmx.min.js`),
  copyFile(resolve("htmx-ext-sse/sse.js"), `${DASHBOARD}sse.js`),
]);
