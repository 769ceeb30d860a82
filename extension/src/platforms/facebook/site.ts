/** What the rooms of Facebook's adapter share: its data, its controls, its addresses. */

import type { LeasedJob, Locators, Platform } from "../../contract/types.ts";
import { Controls, type Wait } from "../../page/dom.ts";
import locatorsData from "../../../../shared/locators/facebook.json" with { type: "json" };
import platformData from "../../../../shared/platforms/facebook.json" with { type: "json" };
import type { Finding, Page } from "../adapter.ts";

export const platform = platformData as Platform;
export const locators = locatorsData as Locators;
export const controls = new Controls(locators);

const PERMALINKS = platform.permalinks.map((pattern) => new RegExp(pattern));

export const wait = (page: Page, name: string): Wait => ({
  seconds: locators.waitSeconds?.[name] ?? 15,
  signal: page.signal,
});

export const failed = (
  errorCode: string,
  error: string,
  details: Record<string, unknown> = {},
): Finding => ({ kind: "failed", errorCode, error, details });

/** The group that a job is for, as the job names it: by number or by name. */
export function groupOf({ options }: LeasedJob): string | null {
  const groupId = options?.["groupId"];
  return typeof groupId === "string" ? groupId : null;
}

/** The present path as on the live site; the simulation lives below a path of its own. */
export const path = (base: string): string => pathBelow(base, location.pathname);

export function pathBelow(base: string, of: string): string {
  const prefix = new URL(base).pathname.replace(/\/$/, "");
  return of.startsWith(`${prefix}/`) ? of.slice(prefix.length) : of === prefix ? "/" : of;
}

export const isOneOf = (patterns: readonly string[] | undefined, of: string): boolean =>
  (patterns ?? []).some((pattern) => new RegExp(pattern).test(of));

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

export const bare = (handle: string): string => handle.replace(/^@/, "");
