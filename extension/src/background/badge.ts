/** The word on the extension's button: what waits for the person in front of the browser. */

import { read } from "./storage.ts";

/** `!` while somebody wants to connect this browser, else how many posts wait for a yes. */
export async function showBadge(): Promise<void> {
  const isClaimed = (await read("pairing"))?.phase === "claimed";
  const waiting = (await read("questions"))?.length ?? 0;
  await chrome.action.setBadgeText({ text: isClaimed ? "!" : waiting > 0 ? String(waiting) : "" });
}
