/** Videos as TikTok shows them live: one on its own page, or the account's list of all. Nothing here presses. */

import { isSameHandle } from "../../page/addresses.ts";
import { readableText, waitFor } from "../../page/dom.ts";
import { earliest, seen, settling } from "../../page/live.ts";
import { isSameText } from "../../page/matching.ts";
import type { Errand, Finding, Page } from "../adapter.ts";
import { controls, videoAt, wait } from "./site.ts";

/** A list this long whose oldest video is still new enough may go on below. */
const FULL_LIST = 10;

interface Video {
  handle: string;
  postId: string;
  at: number;
  text: string;
}

/** Reads the video on its own page: TikTok corrects the author in the address by itself. */
export async function confirm(page: Page, errand: Errand & { kind: "confirm" }): Promise<Finding> {
  await page.step("confirm");
  const { base, handle, job, postId } = errand;
  const caption = await waitFor<HTMLElement | "missing">(
    () =>
      controls.find("videoCaption") ?? (controls.find("missingVideo") === null ? null : "missing"),
    wait(page, "confirm"),
  );
  const shown = videoAt(base, location.href);
  if (caption === null || caption === "missing" || shown?.postId !== postId) {
    return { kind: "unseen", error: "The video's own page does not show it." };
  }
  const video = { ...shown, text: readableText(caption) };
  const matches = isSameText(job.text, video.text) && isSameHandle(handle, video.handle);
  return seen(video, "permalink", matches);
}

/** Looks through the account's own list for the job's video. */
export async function look(page: Page, errand: Errand & { kind: "look" }): Promise<Finding> {
  await page.step("look_for_post");
  const { base, handle, job } = errand;
  const notBefore = earliest(errand);
  const taken = new Set((job.exclude ?? []).map((url) => videoAt(base, url)?.postId));
  const isNew = ({ at, postId }: Video): boolean => at >= notBefore && !taken.has(postId);
  const isTheJobs = (video: Video): boolean => isNew(video) && isSameText(job.text, video.text);
  const isRendered = (): true | null =>
    listed(base, handle).length > 0 || controls.find("emptyList") !== null || null;

  if (!(await waitFor(isRendered, wait(page, "session")))) {
    return { kind: "unseen", error: "The account's list of videos did not appear." };
  }
  const settle = settling(page);
  const found = await waitFor(() => listed(base, handle).find(isTheJobs) ?? null, settle);
  const videos = listed(base, handle);
  if (found !== null) return seen(found, "profile", true, videos.length);
  if (videos.some(isNew)) {
    return { kind: "unseen", error: "A video of that time shows another caption." };
  }
  if (videos.length === 0 && controls.find("emptyList") === null) {
    return { kind: "unseen", error: "TikTok left the account's list of videos." };
  }
  const reachesBack = videos.length < FULL_LIST || videos.some(({ at }) => at < notBefore);
  return reachesBack
    ? { kind: "absent", lookedAt: videos.length }
    : { kind: "unseen", error: "The list does not reach back to the time of the press." };
}

/** The account's own videos in the list, each with the longest text of the links to it. */
function listed(base: string, handle: string): Video[] {
  const list = controls.find("list");
  const videos = new Map<string, Video>();
  for (const link of list === null ? [] : controls.all("listLink", list)) {
    const video = link instanceof HTMLAnchorElement ? videoAt(base, link.href) : null;
    if (video === null || !isSameHandle(video.handle, handle)) continue;
    const text = readableText(link);
    const held = videos.get(video.postId);
    if (held === undefined || held.text.length < text.length) {
      videos.set(video.postId, { ...video, text });
    }
  }
  return [...videos.values()];
}
