/** What a comment answers: a post, or a comment under it. */

import type { LeasedJob } from "../../contract/types.ts";
import { waitFor } from "../../page/dom.ts";
import { failed } from "../../page/findings.ts";
import type { Finding, Page } from "../adapter.ts";
import { controls, idOf, wait } from "./site.ts";

export interface Target {
  postId: string;
  /** Null for the post itself. */
  commentId: string | null;
}

/** The broker writes `post` or `post/comment`. */
export function targetOf({ options }: LeasedJob): Target | null {
  const named = options?.["targetId"];
  if (typeof named !== "string") return null;
  const [postId = "", commentId = null] = named.split("/");
  return postId === "" ? null : { postId, commentId };
}

/** Why a thread that is there takes no comments, by the locator that says so. */
const CLOSED = {
  removed: "The post has been removed.",
  locked: "The post is locked.",
  archived: "The post is archived.",
} as const;

/** The comment to answer, null for the post itself; or why there is no answering. */
export async function reachTarget(
  page: Page,
  { postId, commentId }: Target,
): Promise<{ element: HTMLElement | null } | Finding> {
  const reached = await waitFor<{ element: HTMLElement | null } | Finding>(
    () => {
      controls.dismiss();
      if (controls.find("missing") !== null) return closed("There is no such post.");
      for (const [name, error] of Object.entries(CLOSED)) {
        if (controls.find(name) !== null) return closed(error);
      }
      if (!controls.all("post").some((post) => idOf(post) === postId)) return null;
      if (commentId === null) return { element: null };
      const element = controls.all("comment").find((each) => idOf(each) === commentId);
      return element === undefined ? null : { element };
    },
    wait(page, "composer"),
  );
  if (reached === null) throw controls.missing(commentId === null ? "post" : "comment");
  return reached;
}

const closed = (error: string): Finding => failed("target_closed", error);
