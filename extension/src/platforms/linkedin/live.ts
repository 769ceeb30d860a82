/** Posts as LinkedIn shows them live: one at its address, or the account's own activity. Nothing here publishes. */

import { isOneOf, isSameHandle, pathBelow } from "../../page/addresses.ts";
import { textWithout, waitFor } from "../../page/dom.ts";
import { SCREENS_MAX, earliest, scrollTo, seen, settling } from "../../page/live.ts";
import { isSameText } from "../../page/matching.ts";
import type { Errand, Finding, Page } from "../adapter.ts";
import { controls, handleOf, urnIn, wait } from "./site.ts";

/** A list this long whose oldest post is still new enough may go on below. */
const FULL_LIST = 10;
/** Numbers of activities begin with milliseconds since 1970, then come this many bits more. */
const SEQUENCE_BITS = 22n;
/** Words for those who listen instead of looking. */
const UNSEEN_WORDS = ".visually-hidden, .a11y-text";
const ACTIVITY = ["^/in/[^/]+/recent-activity/"];

/** Reads the post at its own address; it may be named by its share there and show its activity. */
export async function confirm(page: Page, errand: Errand & { kind: "confirm" }): Promise<Finding> {
  await page.step("confirm");
  const post = await waitFor<LivePost | "missing">(
    () => {
      const posts = livePosts(errand.base);
      const named = posts.find(({ postId }) => postId === errand.postId) ?? posts[0];
      return named ?? (controls.find("emptyList") !== null ? "missing" : null);
    },
    wait(page, "confirm"),
  );
  if (post === null || post === "missing") {
    return { kind: "unseen", error: "The post's own page does not show it." };
  }
  const { job, handle } = errand;
  const matches = isSameText(job.text, post.text) && isSameHandle(handle, post.handle);
  return seen(post, "permalink", matches);
}

/** Looks through the account's own activity for the job's post, as far down as the press may lie. */
export async function look(page: Page, errand: Errand & { kind: "look" }): Promise<Finding> {
  await page.step("look_for_post");
  const { base, handle, job } = errand;
  const notBefore = earliest(errand);
  const taken = new Set((job.exclude ?? []).map((url) => urnIn(url)?.postId));
  const isTheJobs = (post: LivePost): boolean =>
    post.at >= notBefore && !taken.has(post.postId) && isSameText(job.text, post.text);
  const isRendered = (): true | null =>
    livePosts(base).length > 0 || controls.find("emptyList") !== null || null;

  if (!(await waitFor(isRendered, wait(page, "session")))) {
    return { kind: "unseen", error: "The account's activity did not appear." };
  }
  const posts = new Map<string, LivePost>();
  const read = (): LivePost[] => {
    for (const post of livePosts(base)) {
      if (isSameHandle(post.handle, handle)) posts.set(post.postId, post);
    }
    return [...posts.values()];
  };
  for (let screens = 0; screens < SCREENS_MAX; screens++) {
    const known = posts.size;
    const settle = settling(page);
    const found = await waitFor(() => read().find(isTheJobs) ?? null, settle);
    if (found !== null) return seen(found, "profile", true, posts.size);
    if (!isOneOf(ACTIVITY, pathBelow(base, location.pathname))) {
      return { kind: "unseen", error: "LinkedIn left the account's activity." };
    }
    if ([...posts.values()].some((post) => post.at >= notBefore && !taken.has(post.postId))) {
      return { kind: "unseen", error: "A post of that time shows another text." };
    }
    const oldest = Math.min(...[...posts.values()].map(({ at }) => at));
    if (posts.size < FULL_LIST || oldest < notBefore) {
      return { kind: "absent", lookedAt: posts.size };
    }
    if (screens > 0 && posts.size === known) break;
    scrollTo(controls.all("post").at(-1));
  }
  return { kind: "unseen", error: "The list does not reach back to the time of the press." };
}

interface LivePost {
  handle: string;
  postId: string;
  text: string;
  /** Milliseconds since 1970. */
  at: number;
}

/** The posts on this page with their outer authors; what they share of others stands within them. */
function livePosts(base: string): LivePost[] {
  const elements = controls.all("post");
  return elements
    .filter((element) => !elements.some((other) => other !== element && other.contains(element)))
    .flatMap((element) => {
      const named = urnIn(element.dataset["urn"] ?? "");
      const handle = handleOf(base, controls.find("postAuthor", element));
      if (named === null || handle === null) return [];
      const more = controls.find("seeMore", element);
      if (more !== null) controls.use("seeMore", more);
      const text = controls.find("postText", element);
      return [
        {
          handle,
          postId: named.postId,
          text: text === null ? "" : textWithout(text, UNSEEN_WORDS),
          at: Number(BigInt(named.postId) >> SEQUENCE_BITS),
        },
      ];
    });
}
