/** Comments as Reddit shows them live: one at its address, or the account's own list. Nothing here publishes. */

import { isOneOf, isSameHandle, pathBelow } from "../../page/addresses.ts";
import { waitFor } from "../../page/dom.ts";
import { SCREENS_MAX, earliest, scrollTo, seen, settling } from "../../page/live.ts";
import { isSameText } from "../../page/matching.ts";
import type { Errand, Finding, Page } from "../adapter.ts";
import { commentAround } from "./composer.ts";
import { controls, idOf, placeAt, wait, wordsOf } from "./site.ts";
import { targetOf } from "./target.ts";

/** A list this long whose oldest comment is still new enough may go on below. */
const FULL_LIST = 20;
const OWN_LIST = ["^/user/[^/]+/comments/?$"];

interface LiveComment {
  handle: string;
  commentId: string;
  text: string;
  at: number | null;
  url: string;
  postId: string;
}

/** Reads the comment at its own address, among those around it. */
export async function confirm(page: Page, errand: Errand & { kind: "confirm" }): Promise<Finding> {
  await page.step("confirm");
  const { base, handle, job, postId: commentId } = errand;
  const comment = await waitFor<LiveComment | "missing">(
    () => shownComment(base, commentId) ?? (controls.find("missing") === null ? null : "missing"),
    wait(page, "confirm"),
  );
  if (comment === null || comment === "missing") {
    return { kind: "unseen", error: "The comment's own page does not show it." };
  }
  const matches =
    isSameText(job.text, comment.text) &&
    isSameHandle(handle, comment.handle) &&
    comment.postId === targetOf(job)?.postId;
  return seen(asPost(comment), "permalink", matches);
}

/** Looks through the account's own comments for the job's, as far down as the press may lie. */
export async function look(page: Page, errand: Errand & { kind: "look" }): Promise<Finding> {
  await page.step("look_for_post");
  const { base, handle, job } = errand;
  const notBefore = earliest(errand);
  const taken = new Set((job.exclude ?? []).map((url) => placeAt(base, url)?.commentId));
  const isTheJobs = (comment: LiveComment): boolean =>
    (comment.at ?? 0) >= notBefore &&
    !taken.has(comment.commentId) &&
    comment.postId === targetOf(job)?.postId &&
    isSameText(job.text, comment.text);
  const isRendered = (): true | null =>
    listedComments(base, handle).length > 0 || controls.find("emptyList") !== null || null;

  if (!(await waitFor(isRendered, wait(page, "session")))) {
    return { kind: "unseen", error: "The account's list of comments did not appear." };
  }
  let size = 0;
  for (let screens = 0; screens < SCREENS_MAX; screens++) {
    const settle = settling(page);
    const find = (): LiveComment | null => listedComments(base, handle).find(isTheJobs) ?? null;
    const found = await waitFor(find, settle);
    const listed = listedComments(base, handle);
    if (found !== null) return seen(asPost(found), "profile", true, listed.length);
    if (!isOneOf(OWN_LIST, pathBelow(base, location.pathname))) {
      return { kind: "unseen", error: "Reddit left the account's comments." };
    }
    const oldest = listed.at(-1)?.at ?? Infinity;
    if (listed.length < FULL_LIST || oldest < notBefore) {
      return { kind: "absent", lookedAt: listed.length };
    }
    if (listed.length === size) break;
    size = listed.length;
    scrollTo(controls.all("listed").at(-1));
  }
  return { kind: "unseen", error: "The list does not reach back to the time of the press." };
}

function shownComment(base: string, commentId: string): LiveComment | null {
  const element = controls.all("comment").find((each) => idOf(each) === commentId);
  const handle = element?.getAttribute("author") ?? element?.dataset["author"];
  const place = placeAt(base, location.href);
  if (element === undefined || handle == null || place === null) return null;
  const text = controls.all("commentText", element).find((each) => commentAround(each) === element);
  return {
    handle,
    commentId,
    text: wordsOf(text ?? null),
    at: null,
    url: `${base}${place.thread}/comment/${commentId}/`,
    postId: place.postId,
  };
}

/** The comments on the account's own page, which are all the account's. */
function listedComments(base: string, handle: string): LiveComment[] {
  return controls.all("listed").flatMap((element) => {
    const href = element.getAttribute("href") ?? element.dataset["permalink"] ?? "";
    const place = placeAt(base, href);
    const commentId = idOf(element);
    if (place === null || commentId === null) return [];
    const author = element.dataset["author"] ?? handle;
    if (!isSameHandle(author, handle)) return [];
    const time = controls.find("listedTime", element);
    const at = Date.parse(time?.getAttribute("ts") ?? time?.getAttribute("datetime") ?? "");
    return [
      {
        handle: author,
        commentId,
        text: wordsOf(controls.find("listedText", element)),
        at: isNaN(at) ? null : at,
        url: `${base}${place.thread}/comment/${commentId}/`,
        postId: place.postId,
      },
    ];
  });
}

/** What is published here is the comment. */
const asPost = ({ handle, commentId, text, url }: LiveComment): Parameters<typeof seen>[0] => ({
  handle,
  postId: commentId,
  text,
  url,
});
