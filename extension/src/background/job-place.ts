/** Where a job's pages are, and whether this extension may use them. */

import { CATALOGUE, type CatalogueEntry } from "../contract/catalogue.ts";
import type { LeasedJob } from "../contract/types.ts";
import { baseUrl, pageUrl, readPermalink } from "../places.ts";
import { activeLease } from "./active.ts";
import { failedEnding, type Ending } from "./journal.ts";
import { locatorsInUse } from "./locators.ts";
import * as tabs from "./tabs.ts";

export async function placeOf(
  job: LeasedJob,
): Promise<{ base: string; entry: CatalogueEntry } | Ending> {
  const entry = CATALOGUE[job.platform];
  if (entry === undefined) {
    return failedEnding(
      "unknown_error",
      `This extension does not know the platform "${job.platform}".`,
    );
  }
  const base = baseUrl(job, entry.platform, activeLease()?.connection.origin ?? "");
  if (!(await tabs.mayUse(base))) {
    return failedEnding("permission_missing", `The extension may not use ${new URL(base).host}.`);
  }
  const { locators } = await locatorsInUse(job.platform, entry.locators);
  return { base, entry: { ...entry, locators } };
}

/** Where a post is: as the page said, or made of author and id. Null for what is no permalink. */
export async function livePostUrl(
  job: LeasedJob,
  { handle, postId, url }: { handle: string; postId: string; url?: string },
): Promise<string | null> {
  const place = await placeOf(job);
  if ("outcome" in place) return null;
  if (url !== undefined) return readPermalink(url, place.base, place.entry.platform)?.url ?? null;
  return pageUrl(place.base, place.entry.locators, "permalink", { handle, id: postId });
}
