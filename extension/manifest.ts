/** Makes the manifest of each browser from the catalogue of platforms. */

import type { Locators, Platform } from "./src/contract/types.ts";
import { composerMatches, dashboardMatches } from "./src/places.ts";

export type Browser = "chrome" | "firefox";

/** A platform with the paths on which its page scripts run. */
export interface Target {
  platform: Platform;
  locators: Locators;
}

/** The public half of the key that fixes the extension's id to `bpfemkibdeiodhecajhfmhlckaahifmd`. */
const PUBLIC_KEY =
  "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmGm7CMcwF7G9bMiz+OV4X9V6lxxyItcq6cqb9NXcOFDVyOH0PnhW" +
  "8S6OrWjp+ygSq1MRTabI5A6KY/lnggnJFNhZ1HI1AXiVA72viNbXcqwqaA6GTH/ycKPJFNqx3paF2TEHqcC1VvvK0sl2eMyy" +
  "7zzZpU35Uj/UwtnvRU5QHXiKr2cR3F+wHM1mhult2mgUFP+297GzuIF+DLWrNHAJQI1pnQY2bjBFEHWlgLsfxsZHDL0lj98t" +
  "SJSmzBGyPnxdzQM35OtGYM1LG7xnUS5+pSKGxNQt/w5ea6fbv5zyh6ZPe/eg9F01169TYsNHM4HPyJxZp+WU0ebBmKfG3J4F" +
  "QwIDAQAB";

const GECKO_ID = "extension@postbroker.local";
const LOOPBACK = ["http://127.0.0.1", "http://localhost"];

export function manifest(browser: Browser, version: string, targets: readonly Target[]): object {
  return {
    manifest_version: 3,
    name: "Postbroker",
    version,
    description:
      "Publishes the posts of your agents through your own logged-in tabs, exactly once.",
    icons: { "16": "icons/16.png", "48": "icons/48.png", "128": "icons/128.png" },
    ...(browser === "chrome"
      ? {
          key: PUBLIC_KEY,
          minimum_chrome_version: "120",
          message_serialization: "structured_clone",
        }
      : {
          browser_specific_settings: { gecko: { id: GECKO_ID, strict_min_version: "128.0" } },
        }),
    background:
      browser === "chrome" ? { service_worker: "background.js" } : { scripts: ["background.js"] },
    action: { default_popup: "popup.html", default_title: "Postbroker" },
    permissions: ["alarms", "scripting", "storage", ...(browser === "chrome" ? ["sidePanel"] : [])],
    ...(browser === "chrome"
      ? { side_panel: { default_path: "panel.html" } }
      : {
          sidebar_action: {
            default_panel: "panel.html",
            default_title: "Postbroker",
            open_at_install: false,
          },
        }),
    host_permissions: [
      ...targets.flatMap(({ platform }) => platform.hosts.map((host) => `https://${host}/*`)),
      ...LOOPBACK.map((origin) => `${origin}/*`),
    ],
    optional_host_permissions: ["https://*/*", "http://*/*"],
    // Messages of Chrome before 148 carry no files; there our own frame takes them into the page.
    ...(browser === "chrome" && {
      web_accessible_resources: [
        {
          resources: ["frame.html"],
          matches: [
            ...targets.flatMap(({ platform }) => platform.hosts.map((host) => `https://${host}/*`)),
            ...LOOPBACK.map((origin) => `${origin}/*`),
          ],
        },
      ],
    }),
    content_scripts: [
      ...targets.flatMap(({ platform, locators }) => [
        {
          matches: composerMatches(platform, locators, LOOPBACK),
          js: [`platforms/${platform.id}.hook.js`],
          run_at: "document_start",
          world: "MAIN",
        },
        {
          matches: composerMatches(platform, locators, LOOPBACK),
          js: ["page/listen.js"],
          run_at: "document_start",
        },
      ]),
      {
        matches: dashboardMatches(LOOPBACK),
        js: ["page/bridge.js"],
        run_at: "document_idle",
      },
    ],
  };
}
