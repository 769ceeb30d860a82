/** Builds dist/chrome and dist/firefox: one bundle a context, two a platform. */

import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions } from "esbuild";
import { icon } from "./icon.ts";
import { manifest, type Browser, type Target } from "./manifest.ts";
import { isLocators, isPlatform } from "./src/contract/validators.js";

const BROWSERS: readonly Browser[] = ["chrome", "firefox"];
const ICON_SIZES = [16, 48, 128];
const NOT_ADAPTERS = new Set(["adapter.ts"]);

const here = fileURLToPath(new URL(".", import.meta.url));
const shared = new URL("../shared/", import.meta.url);
const json = (url: URL): unknown => JSON.parse(readFileSync(url, "utf8"));

const { version } = json(new URL("package.json", import.meta.url)) as { version: string };
const ids = readdirSync(`${here}src/platforms`)
  .filter((file) => file.endsWith(".ts") && !NOT_ADAPTERS.has(file))
  .map((file) => file.replace(/\.ts$/, ""))
  .sort();

/** The shared data of a platform that has an adapter, checked before anything is built of it. */
function target(id: string): Target {
  const platform = json(new URL(`platforms/${id}.json`, shared));
  const locators = json(new URL(`locators/${id}.json`, shared));
  if (!isPlatform(platform)) throw new Error(`shared/platforms/${id}.json is not as agreed`);
  if (!isLocators(locators)) throw new Error(`shared/locators/${id}.json is not as agreed`);
  return { platform, locators };
}

/** The requests that the hook watches: by address and, where many operations share one, by body. */
function patterns({ network }: Target["locators"]): string {
  const given = [network?.["create"] ?? "(?!)", network?.["createBody"]];
  return given
    .filter((pattern) => pattern !== undefined)
    .map((pattern) => `new RegExp(${JSON.stringify(pattern)})`)
    .join(", ");
}

function bundle(
  browser: Browser,
  outfile: string,
  entry: string | { contents: string },
): Promise<unknown> {
  const options: BuildOptions = {
    absWorkingDir: here,
    outfile: `dist/${browser}/${outfile}`,
    bundle: true,
    format: ["popup.js", "panel.js"].includes(outfile) ? "esm" : "iife",
    target: ["chrome120", "firefox128"],
    charset: "utf8",
    legalComments: "none",
  };
  return build(
    typeof entry === "string"
      ? { ...options, entryPoints: [entry] }
      : { ...options, stdin: { contents: entry.contents, resolveDir: `${here}src`, loader: "ts" } },
  );
}

async function buildFor(browser: Browser, targets: readonly Target[]): Promise<void> {
  const out = `${here}dist/${browser}/`;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(`${out}icons`, { recursive: true });
  await Promise.all([
    bundle(browser, "background.js", "src/background/main.ts"),
    bundle(browser, "popup.js", "src/popup/popup.ts"),
    bundle(browser, "panel.js", "src/panel/panel.ts"),
    bundle(browser, "page/listen.js", "src/page/listen.ts"),
    bundle(browser, "frame.js", "src/frame/frame.ts"),
    bundle(browser, "page/bridge.js", "src/page/bridge.ts"),
    ...targets.flatMap(({ platform: { id }, locators }) => [
      bundle(browser, `platforms/${id}.js`, {
        contents: `import { serve } from "./page/main.ts"; import { adapter } from "./platforms/${id}.ts"; serve(adapter);`,
      }),
      bundle(browser, `platforms/${id}.hook.js`, {
        contents: `import { hook } from "./page/hook.ts"; hook(${patterns(locators)});`,
      }),
    ]),
  ]);
  for (const page of ["popup", "panel"])
    for (const file of [`${page}.html`, `${page}.css`])
      cpSync(`${here}src/${page}/${file}`, out + file);
  cpSync(`${here}src/frame/frame.html`, `${out}frame.html`);
  for (const size of ICON_SIZES) writeFileSync(`${out}icons/${size}.png`, icon(size));
  writeFileSync(
    `${out}manifest.json`,
    JSON.stringify(manifest(browser, version, targets), null, 2) + "\n",
  );
}

const targets = ids.map(target);
await Promise.all(BROWSERS.map((browser) => buildFor(browser, targets)));
