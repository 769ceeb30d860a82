/** What the rooms of Facebook's adapter share: its data, its controls, its addresses. */

import type { LeasedJob } from "../../contract/types.ts";
import { pathBelow } from "../../page/addresses.ts";
import { siteOf } from "../../page/site.ts";
import locatorsData from "../../../../shared/locators/facebook.json" with { type: "json" };
import platformData from "../../../../shared/platforms/facebook.json" with { type: "json" };

export const site = siteOf(platformData, locatorsData);
export const { controls, wait } = site;

const PERMALINKS = site.platform.permalinks.map((pattern) => new RegExp(pattern));

/** The group that a job is for, as the job names it: by number or by name. */
export function groupOf({ options }: LeasedJob): string | null {
  const groupId = options?.["groupId"];
  return typeof groupId === "string" ? groupId : null;
}

/** The present path as on the live site; the simulation lives below a path of its own. */
export const path = (base: string): string => pathBelow(base, location.pathname);

/** The id in a post's address; null for any other address. */
export function postIdIn(base: string, href: string): string | null {
  const { pathname, searchParams } = new URL(href, location.href);
  const story = /\/permalink\.php$/.test(pathname) ? searchParams.get("story_fbid") : null;
  if (story !== null) return story;
  const of = pathBelow(base, pathname);
  for (const pattern of PERMALINKS) {
    const id = pattern.exec(of)?.groups?.["id"];
    if (id !== undefined) return id;
  }
  return null;
}

/** The account's number in an address that names one by it: of a profile, or of a member of a group. */
export function numberIn(base: string, href: string): string | null {
  const { pathname, searchParams } = new URL(href, location.href);
  const of = pathBelow(base, pathname);
  if (of === "/profile.php") return searchParams.get("id");
  return /^\/(?:groups\/[^/]+\/user\/)?(\d+)\/?$/.exec(of)?.[1] ?? null;
}
