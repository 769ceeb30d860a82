/** Posts as Facebook shows them: at their own page, on the account's page, in a group's lists of own content. */

import type { Evidence } from "../../contract/types.ts";
import { bare, pathBelow } from "../../page/addresses.ts";
import { readableText, waitFor } from "../../page/dom.ts";
import { earliest, seen, settling } from "../../page/live.ts";
import { isSameText } from "../../page/matching.ts";
import type { Errand, Finding, Page } from "../adapter.ts";
import { groupAddress } from "./groups.ts";
import { stories, type Story } from "./page-data.ts";
import { controls, groupOf, numberIn, path, postIdIn, wait } from "./site.ts";

/** A list this long whose oldest post is still new enough may go on below. */
const FULL_LIST = 10;
const PENDING = /\/my_pending_content\/?$/;
const OWN_CONTENT = /\/my_(?:posted|pending)_content\/?$/;

interface LivePost {
  element: HTMLElement;
  /** Null where the page shows no address, as for posts that wait. */
  postId: string | null;
  authorId: string | null;
  text: string;
  at: number | null;
}

/** Reads the post at its permalink; the page around it may hold others. */
export async function confirm(page: Page, errand: Errand & { kind: "confirm" }): Promise<Finding> {
  await page.step("confirm");
  const { base, handle, job, postId } = errand;
  const post = await waitFor<LivePost | "missing">(
    () =>
      livePosts(base).find((each) => each.postId === postId) ??
      (controls.find("missing") !== null ? "missing" : null),
    wait(page, "confirm"),
  );
  if (post === null || post === "missing")
    return { kind: "unseen", error: "The post's own page does not show it." };
  if (post.authorId === null)
    return { kind: "unseen", error: "The page does not say by number who wrote the post." };
  const { text } = whole(post);
  const { authorId } = post;
  const matches = isSameText(job.text, text) && authorId === bare(handle);
  return seenHere(base, errand, { account: authorId, postId, text }, "permalink", matches);
}

/** Looks through a list of the account's own posts for the job's. */
export async function look(page: Page, errand: Errand & { kind: "look" }): Promise<Finding> {
  await page.step("look_for_post");
  const { base, job } = errand;
  const handle = bare(errand.handle);
  const isPending = PENDING.test(path(base));
  const notBefore = earliest(errand);
  const taken = new Set((job.exclude ?? []).map((url) => postIdIn(base, url)));
  const candidates = (): LivePost[] => notOfOthers(base, handle);
  const hasText = (post: LivePost): boolean =>
    (post.postId === null || !taken.has(post.postId)) && isSameText(job.text, whole(post).text);
  const isTheJobs = (post: LivePost): boolean =>
    post.authorId === handle && (post.at ?? 0) >= notBefore && hasText(post);
  const isRendered = (): true | null =>
    controls.all("post").length > 0 || controls.find("emptyList") !== null || null;

  if (!(await waitFor(isRendered, wait(page, "session")))) {
    return { kind: "unseen", error: "The account's list of posts did not appear." };
  }
  const match = (): LivePost | null => candidates().find(isTheJobs) ?? null;
  const found = await waitFor(match, settling(page));
  const posts = candidates();
  if (found !== null && isPending) {
    const evidence: Evidence = {
      ...{ source: "profile", account: handle, text: whole(found).text },
      ...{ postId: found.postId, seenLive: true, lookedAt: posts.length },
    };
    return { kind: "awaiting", evidence };
  }
  if (found?.postId != null) {
    const { postId } = found;
    const { text } = whole(found);
    return seenHere(base, errand, { account: handle, postId, text }, "profile", true);
  }
  if (groupOf(job) !== null && !OWN_CONTENT.test(path(base))) {
    return { kind: "unseen", error: "Facebook left the list of own posts." };
  }
  // Neither the job's for certain nor certainly not: a press now could post a second time.
  if (posts.some((post) => (post.authorId === null || post.at === null) && hasText(post))) {
    const error = "A post of this text is there; the page does not say whose it is, or of when.";
    return { kind: "unseen", error };
  }
  const reachesBack = posts.some((post) => (post.at ?? Infinity) < notBefore);
  if (posts.length >= FULL_LIST && !reachesBack) {
    return { kind: "unseen", error: "The list does not reach back to the time of the press." };
  }
  return { kind: "absent", lookedAt: posts.length };
}

/**
 * The posts that are the account's or may be. Pages name authors by number, or by a name of their own, which
 * is the account's on its own page; in its lists of own content all posts are.
 */
function notOfOthers(base: string, handle: string): LivePost[] {
  const here = path(base);
  return livePosts(base).flatMap((post) => {
    if (post.authorId !== null) return post.authorId === handle ? post : [];
    const author = controls.find("postAuthor", post.element);
    const isOwn =
      OWN_CONTENT.test(here) ||
      (author instanceof HTMLAnchorElement &&
        isSamePath(pathBelow(base, new URL(author.href).pathname), here));
    return isOwn ? { ...post, authorId: handle } : post;
  });
}

function livePosts(base: string): LivePost[] {
  const known = stories();
  return controls.all("post").map((element) => {
    const postId = shownId(base, element);
    const text = shownText(element);
    const story = storyOf(known, postId, text);
    const author = controls.find("postAuthor", element);
    const shown = author instanceof HTMLAnchorElement ? numberIn(base, author.href) : null;
    const authorId = story?.authorId ?? shown;
    return { element, postId, authorId, text, at: story?.at ?? null };
  });
}

/** Posts that wait have no address; their story is known by its text. */
function storyOf(known: readonly Story[], postId: string | null, text: string): Story | undefined {
  return known.find((story) =>
    postId === null ? story.text !== null && isSameText(story.text, text) : story.postId === postId,
  );
}

/** The id in the post's link, which some layouts fill in only when somebody turns to it. */
function shownId(base: string, element: HTMLElement): string | null {
  const link = controls.find("postLink", element);
  if (!(link instanceof HTMLAnchorElement)) return null;
  if (link.getAttribute("href") === "#") {
    link.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
    link.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
  }
  return postIdIn(base, link.href);
}

/** The post with all of its text: long ones are cut until somebody asks for more. */
function whole(post: LivePost): LivePost {
  if (controls.find("seeMore", post.element) === null) return post;
  controls.use("seeMore", controls.find("seeMore", post.element));
  return { ...post, text: shownText(post.element) };
}

/** Facebook shows each line in a block of its own. */
function shownText(element: HTMLElement): string {
  const body = controls.find("postText", element);
  if (body === null) return "";
  const blocks = [...body.querySelectorAll("[dir='auto']")];
  const lines = blocks.filter((block) => block.querySelector("[dir='auto']") === null);
  return lines.length === 0 ? readableText(body) : lines.map(readableText).join("\n");
}

function seenHere(
  base: string,
  errand: Errand & { handle: string },
  { account, postId, text }: { account: string; postId: string; text: string },
  source: "permalink" | "profile",
  matches: boolean,
): Finding {
  const groupId = groupOf(errand.job);
  const url = groupId === null ? undefined : `${groupAddress(base, groupId)}/posts/${postId}`;
  return seen(
    { handle: account, postId, text, ...(url !== undefined && { url }) },
    source,
    matches,
  );
}

const isSamePath = (one: string, other: string): boolean =>
  one.replace(/\/$/, "") === other.replace(/\/$/, "");
