/** LinkedIn as data, and how its addresses read. */

import type { Locators, Platform } from "../../contract/types.ts";
import { pathBelow } from "../../page/addresses.ts";
import { Controls, type Wait } from "../../page/dom.ts";
import locatorsData from "../../../../shared/locators/linkedin.json" with { type: "json" };
import platformData from "../../../../shared/platforms/linkedin.json" with { type: "json" };
import type { Page } from "../adapter.ts";

export const platform = platformData as Platform;
export const locators = locatorsData as Locators;
export const controls = new Controls(locators);

const URN = /urn:li:(?:share|ugcPost|activity):(?<number>\d{1,25})/;

export const wait = (page: Page, name: string): Wait => ({
  seconds: locators.waitSeconds?.[name] ?? 15,
  signal: page.signal,
});

/** The first name of a post in a text: a share, or the activity that tells of it; their numbers differ. */
export function urnIn(text: string): { urn: string; postId: string } | null {
  const found = URN.exec(text);
  const postId = found?.groups?.["number"];
  return found === null || postId === undefined ? null : { urn: found[0], postId };
}

export const postUrl = (base: string, urn: string): string => `${base}/feed/update/${urn}/`;

/** Whose page a link leads to. */
export function handleOf(base: string, link: HTMLElement | null): string | null {
  if (!(link instanceof HTMLAnchorElement)) return null;
  const [, room, handle] = pathBelow(base, new URL(link.href).pathname).split("/");
  return room === "in" && handle ? decodeURIComponent(handle) : null;
}
