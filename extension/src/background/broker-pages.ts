/** Our scripts on the pages of a broker that is not on this computer; the manifest covers those that are. */

import { CATALOGUE } from "../contract/catalogue.ts";
import { composerMatches, dashboardMatches, isLoopback, withoutPort } from "../places.ts";

type Script = chrome.scripting.RegisteredContentScript;

/** Registers them for this broker and for no other; they stay until the next call. */
export async function syncBrokerPages(origin: string): Promise<void> {
  const registered = await chrome.scripting.getRegisteredContentScripts();
  if (registered.length > 0) {
    await chrome.scripting.unregisterContentScripts({ ids: registered.map(({ id }) => id) });
  }
  if (!isLoopback(origin))
    await chrome.scripting.registerContentScripts(scriptsFor(withoutPort(origin)));
}

function scriptsFor(broker: string): Script[] {
  const bridge: Script = {
    id: "bridge",
    matches: dashboardMatches([broker]),
    js: ["page/bridge.js"],
    runAt: "document_idle",
  };
  const listeners = Object.entries(CATALOGUE).flatMap(([id, entry]): Script[] => {
    if (entry === undefined) return [];
    const matches = composerMatches(entry.platform, entry.locators, [broker]);
    return [
      {
        id: `${id}-hook`,
        matches,
        js: [`platforms/${id}.hook.js`],
        runAt: "document_start",
        world: "MAIN",
      },
      { id: `${id}-listen`, matches, js: ["page/listen.js"], runAt: "document_start" },
    ];
  });
  return [bridge, ...listeners];
}
