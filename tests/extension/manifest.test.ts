import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CATALOGUE } from "../../extension/src/contract/catalogue.ts";
import { EXTENSION_ID } from "./doubles/chrome.ts";

interface Manifest {
  key?: string;
  minimum_chrome_version?: string;
  message_serialization?: string;
  permissions: string[];
  optional_permissions?: string[];
  host_permissions: string[];
  optional_host_permissions: string[];
  background: { service_worker?: string; scripts?: string[] };
  browser_specific_settings?: { gecko: { id: string; strict_min_version: string } };
  content_scripts: { matches: string[]; js: string[]; world?: string; run_at: string }[];
  web_accessible_resources?: { resources: string[] }[];
}

const PLATFORMS = Object.values(CATALOGUE).flatMap((entry) => entry?.platform ?? []);

const built = new URL("../../extension/dist/", import.meta.url);
const read = (browser: string): Manifest =>
  JSON.parse(readFileSync(new URL(`${browser}/manifest.json`, built), "utf8")) as Manifest;

describe.each(["chrome", "firefox"])("the built manifest for %s", (browser) => {
  const manifest = read(browser);

  test("asks for no more than it needs", () => {
    expect(manifest.permissions).toEqual([
      ...["alarms", "scripting", "storage"],
      ...(browser === "chrome" ? ["sidePanel"] : []),
    ]);
    expect(manifest.optional_permissions).toBeUndefined();
    expect(manifest.host_permissions).toEqual([
      ...PLATFORMS.flatMap(({ hosts }) => hosts.map((host) => `https://${host}/*`)),
      "http://127.0.0.1/*",
      "http://localhost/*",
    ]);
    expect(manifest.optional_host_permissions).toEqual(["https://*/*", "http://*/*"]);
    expect(JSON.stringify(manifest)).not.toMatch(/cookies|debugger|webRequest|<all_urls>|"tabs"/);
    const open = manifest.web_accessible_resources?.map(({ resources }) => resources);
    expect(open).toEqual(browser === "chrome" ? [["frame.html"]] : undefined);
  });

  test.each(PLATFORMS)("runs the hook of $id in its own pages' world only", ({ id, hosts }) => {
    const hooks = manifest.content_scripts.filter(({ js }) =>
      js.includes(`platforms/${id}.hook.js`),
    );
    const places = [
      ...hosts.map((host) => `https://${host}/`),
      `http://127.0.0.1/sandbox/${id}/`,
      `http://localhost/sandbox/${id}/`,
    ];
    expect(hooks).toMatchObject([{ run_at: "document_start", world: "MAIN" }]);
    const isOwn = (match: string): boolean => places.some((place) => match.startsWith(place));
    expect(hooks[0]?.matches.filter((match) => !isOwn(match))).toEqual([]);
    expect(hooks[0]?.matches).not.toEqual([]);
  });

  test("runs nothing else in a page's own world", () => {
    const scripts = manifest.content_scripts.filter(({ world }) => world === "MAIN");
    expect(scripts).toHaveLength(PLATFORMS.length);
  });

  test("puts the bridge on the dashboard's page of browsers only", () => {
    const bridge = manifest.content_scripts.find(({ js }) => js.includes("page/bridge.js"));
    expect(bridge?.matches).toEqual([
      "http://127.0.0.1/dashboard/browsers*",
      "http://localhost/dashboard/browsers*",
    ]);
  });

  test("names files that are there", () => {
    const named = [
      ...manifest.content_scripts.flatMap(({ js }) => js),
      ...(manifest.background.scripts ?? [manifest.background.service_worker ?? ""]),
      ...["popup.html", "popup.js", "popup.css", "platforms/x.js"],
    ];
    const missing = named.filter((file) => !existsSync(new URL(`${browser}/${file}`, built)));
    expect(missing).toEqual([]);
  });
});

test("Chrome knows the extension by an id that does not change", () => {
  const { key, minimum_chrome_version, message_serialization } = read("chrome");
  const digest = createHash("sha256")
    .update(Buffer.from(key ?? "", "base64"))
    .digest("hex");
  const id = [...digest.slice(0, 32)]
    .map((digit) => "abcdefghijklmnop"[parseInt(digit, 16)])
    .join("");
  expect(id).toBe(EXTENSION_ID);
  expect(minimum_chrome_version).toBe("120");
  expect(message_serialization).toBe("structured_clone");
});

test("Firefox gets a background script and nothing that it does not know", () => {
  const { background, browser_specific_settings, ...rest } = read("firefox");
  expect(background).toEqual({ scripts: ["background.js"] });
  expect(browser_specific_settings?.gecko.strict_min_version).toBe("128.0");
  expect(rest.key).toBeUndefined();
  expect(rest.message_serialization).toBeUndefined();
});

test("nothing built evaluates text as code", () => {
  const bundles = [
    "background.js",
    "popup.js",
    "page/listen.js",
    "page/bridge.js",
    "platforms/x.js",
  ];
  for (const bundle of bundles) {
    const code = readFileSync(new URL(`chrome/${bundle}`, built), "utf8");
    expect(code).not.toMatch(/\beval\(|new Function\(|innerHTML/);
  }
});
