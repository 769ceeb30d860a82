/** Posts as Instagram shows them live: one at its address, or the grid of the account. Nothing here presses. */

import { isSameHandle, pathBelow } from "../../page/addresses.ts";
import { readableText, waitFor } from "../../page/dom.ts";
import { earliest, seen, settling } from "../../page/live.ts";
import { isSameText } from "../../page/matching.ts";
import type { Errand, Finding, Page } from "../adapter.ts";
import { askPost } from "./requests.ts";
import { controls, mediumNumber, postAt, wait } from "./site.ts";

/** A grid this long whose last post is still new enough may go on below. */
const FULL_GRID = 12;

/** Reads the post at its own address. */
export async function confirm(page: Page, errand: Errand & { kind: "confirm" }): Promise<Finding> {
  await page.step("confirm");
  const { base, handle, job, postId } = errand;
  const text = await waitFor<HTMLElement | "missing">(
    () => controls.find("postText") ?? (controls.find("missingPost") === null ? null : "missing"),
    wait(page, "confirm"),
  );
  const here = postAt(base, location.href);
  const author = controls.find("postAuthor");
  if (text === null || text === "missing" || here?.postId !== postId || author === null) {
    return { kind: "unseen", error: "The post's own page does not show it." };
  }
  const post = { ...here, handle: nameIn(base, author), text: readableText(text) };
  const matches = isSameText(job.text, post.text) && isSameHandle(handle, post.handle);
  return seen(post, "permalink", matches);
}

function nameIn(base: string, link: HTMLElement): string {
  if (!(link instanceof HTMLAnchorElement)) return "";
  return pathBelow(base, new URL(link.href).pathname).split("/")[1] ?? "";
}

/**
 * Looks through the account's grid for the job's post. The grid shows no words: its addresses tell the
 * time, and of those since the press Instagram is asked for author and caption.
 */
export async function look(page: Page, errand: Errand & { kind: "look" }): Promise<Finding> {
  await page.step("look_for_post");
  const { base, handle, job } = errand;
  const notBefore = earliest(errand);
  const taken = new Set((job.exclude ?? []).map((url) => postAt(base, url)?.postId));
  const isNew = ({ at, postId }: Shown): boolean => at >= notBefore && !taken.has(postId);
  const isRendered = (): true | null =>
    grid(base).length > 0 || controls.find("emptyGrid") !== null || null;

  if (!(await waitFor(isRendered, wait(page, "session")))) {
    return { kind: "unseen", error: "The account's grid did not appear." };
  }
  const settle = settling(page);
  await waitFor(() => grid(base).find(isNew) ?? null, settle);
  const posts = grid(base);
  if (posts.length === 0 && controls.find("emptyGrid") === null) {
    return { kind: "unseen", error: "Instagram left the account's grid." };
  }
  for (const shown of posts.filter(isNew)) {
    const read = await askPost(base, mediumNumber(shown.postId), page.signal);
    if (read === null) return { kind: "unseen", error: "A new post could not be read." };
    if (isSameHandle(read.handle, handle) && isSameText(job.text, read.text)) {
      return seen({ ...shown, ...read }, "profile", true, posts.length);
    }
  }
  // The last one tells: pinned posts stand above newer ones.
  const reachesBack = posts.length < FULL_GRID || (posts.at(-1)?.at ?? 0) < notBefore;
  return reachesBack
    ? { kind: "absent", lookedAt: posts.length }
    : { kind: "unseen", error: "The grid does not reach back to the time of the press." };
}

type Shown = NonNullable<ReturnType<typeof postAt>>;

function grid(base: string): Shown[] {
  return controls
    .all("gridLink")
    .flatMap((link) => (link instanceof HTMLAnchorElement ? (postAt(base, link.href) ?? []) : []));
}
