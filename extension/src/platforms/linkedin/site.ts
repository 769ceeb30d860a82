/** LinkedIn as data, and how its addresses read. */

import { pathBelow } from "../../page/addresses.ts";
import { siteOf } from "../../page/site.ts";
import locatorsData from "../../../../shared/locators/linkedin.json" with { type: "json" };
import platformData from "../../../../shared/platforms/linkedin.json" with { type: "json" };

export const site = siteOf(platformData, locatorsData);
export const { controls, wait } = site;

const URN = /urn:li:(?:share|ugcPost|activity):(?<number>\d{1,25})/;

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
