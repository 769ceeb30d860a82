/** Posts as X shows them live: one at its permalink, or the account's own list. Nothing here presses. */

import { isOneOf, isSameHandle, pathBelow } from "../../page/addresses.ts";
import { readableText, waitFor } from "../../page/dom.ts";
import { SCREENS_MAX, earliest, scrollTo, seen, settling } from "../../page/live.ts";
import { isSameText } from "../../page/matching.ts";
import type { Errand, Finding, Page } from "../adapter.ts";
import { controls, permalinkOf, wait } from "./site.ts";

/** A list this long whose oldest post is still new enough may go on below. */
const FULL_LIST = 10;
/** The account's posts, and its posts with its answers. */
const OWN_LISTS = ["^/[^/]+/?$", "^/[^/]+/with_replies/?$"];

/** Reads the post at its permalink; the page around it may hold others. */
export async function confirm(page: Page, errand: Errand & { kind: "confirm" }): Promise<Finding> {
  await page.step("confirm");
  const post = await waitFor<LivePost | "missing">(
    () =>
      livePosts(errand.base).find((each) => each.postId === errand.postId) ??
      (controls.find("missingPost") !== null ? "missing" : null),
    wait(page, "confirm"),
  );
  if (post === null || post === "missing")
    return { kind: "unseen", error: "The post's own page does not show it." };
  return seen(
    post,
    "permalink",
    isSameText(errand.job.text, post.text) && isSameHandle(errand.handle, post.handle),
  );
}

/** Looks through the account's own list for the job's post, as far down as the press may lie. */
export async function look(page: Page, errand: Errand & { kind: "look" }): Promise<Finding> {
  await page.step("look_for_post");
  const { base, handle, job } = errand;
  const notBefore = earliest(errand);
  const taken = new Set((job.exclude ?? []).map((url) => permalinkOf(base, url)?.postId));
  const isTheJobs = (post: LivePost): boolean =>
    (post.at ?? 0) >= notBefore && !taken.has(post.postId) && isSameText(job.text, post.text);
  const isRendered = (): true | null =>
    livePosts(base).length > 0 || controls.find("emptyTimeline") !== null || null;

  if (!(await waitFor(isRendered, wait(page, "session")))) {
    return { kind: "unseen", error: "The account's list of posts did not appear." };
  }
  const list = new OwnList(base, handle);
  const settle = settling(page);
  for (let screens = 0; screens < SCREENS_MAX; screens++) {
    const known = list.size;
    const found = await waitFor(() => list.read().find(isTheJobs) ?? null, settle);
    if (found !== null) return seen(found, "profile", true, list.size);
    if (!isOneOf(OWN_LISTS, pathBelow(base, location.pathname))) {
      return { kind: "unseen", error: "X left the account's page." };
    }
    if (list.size < FULL_LIST || list.reachesBackTo(notBefore)) {
      return { kind: "absent", lookedAt: list.size };
    }
    if (screens > 0 && list.size === known) break;
    scrollTo(controls.all("post").at(-1));
  }
  return { kind: "unseen", error: "The list does not reach back to the time of the press." };
}

/** The account's own posts, in their order; a list may drop above what it shows below. */
class OwnList {
  readonly #base: string;
  readonly #handle: string;
  readonly #posts = new Map<string, LivePost>();

  constructor(base: string, handle: string) {
    this.#base = base;
    this.#handle = handle;
  }

  get size(): number {
    return this.#posts.size;
  }

  read(): LivePost[] {
    for (const post of livePosts(this.#base)) {
      if (isSameHandle(post.handle, this.#handle)) this.#posts.set(post.postId, post);
    }
    return [...this.#posts.values()];
  }

  /** The last one tells: a pinned post or the beginning of a thread may stand above newer ones. */
  reachesBackTo(instant: number): boolean {
    const last = [...this.#posts.values()].filter((post) => !post.isLabelled).at(-1);
    return (last?.at ?? Infinity) < instant;
  }
}

interface LivePost {
  handle: string;
  postId: string;
  text: string;
  at: number | null;
  /** Pinned or reposted: it does not stand where its time would put it. */
  isLabelled: boolean;
}

/** The posts on this page. A repost carries the link of its author, so it is never taken for an own post. */
function livePosts(base: string): LivePost[] {
  return controls.all("post").flatMap((element) => {
    const link = controls.find("postLink", element);
    const ids = link instanceof HTMLAnchorElement ? permalinkOf(base, link.href) : null;
    if (ids === null) return [];
    const text = controls.find("postText", element);
    const time = controls.find("postTime", element)?.getAttribute("datetime");
    const at = time == null ? NaN : Date.parse(time);
    return [
      {
        ...ids,
        text: text === null ? "" : readableText(text),
        at: isNaN(at) ? null : at,
        isLabelled: controls.find("pinned", element) !== null,
      },
    ];
  });
}
