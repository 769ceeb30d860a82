/** X as data, and how its permalinks read. */

import type { Locators, Platform } from "../../contract/types.ts";
import { pathBelow } from "../../page/addresses.ts";
import { Controls, type Wait } from "../../page/dom.ts";
import locatorsData from "../../../../shared/locators/x.json" with { type: "json" };
import platformData from "../../../../shared/platforms/x.json" with { type: "json" };
import type { Page } from "../adapter.ts";

export const platform = platformData as Platform;
export const locators = locatorsData as Locators;
export const controls = new Controls(locators);

const PERMALINKS = platform.permalinks.map((pattern) => new RegExp(pattern));

export const wait = (page: Page, name: string): Wait => ({
  seconds: locators.waitSeconds?.[name] ?? 15,
  signal: page.signal,
});

export function permalinkOf(base: string, href: string): { handle: string; postId: string } | null {
  const path = pathBelow(base, new URL(href, location.href).pathname);
  for (const pattern of PERMALINKS) {
    const groups = pattern.exec(path)?.groups;
    const [handle, postId] = [groups?.["handle"], groups?.["id"]];
    if (handle !== undefined && postId !== undefined) return { handle, postId };
  }
  return null;
}
