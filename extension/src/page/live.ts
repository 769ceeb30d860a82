/** Looks at live posts: how long, from when on, and what a look says. */

import type { Finding } from "../platforms/adapter.ts";
import type { Wait } from "./dom.ts";

/** How long a list may go on to render before it counts as whole. */
const LIST_SETTLE_SECONDS = 3;
/** The platform's clock and ours may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 120;
/** How often a list is scrolled on before a look gives up. */
export const SCREENS_MAX = 8;

export const settling = ({ signal }: { signal: AbortSignal }): Wait => ({
  seconds: LIST_SETTLE_SECONDS,
  signal,
});

/** From when on a post may be the errand's, by the platform's clock; in milliseconds since 1970. */
export const earliest = ({ notBefore }: { notBefore: number }): number =>
  notBefore - CLOCK_TOLERANCE_SECONDS * 1000;

/** A hidden tab is told of no scrolling by itself. */
export function scrollTo(element: HTMLElement | undefined): void {
  element?.scrollIntoView();
  window.dispatchEvent(new Event("scroll"));
}

/** `url` where author and id alone do not make the address; `lookedAt` for a list, its length. */
export const seen = (
  post: { handle: string; postId: string; text: string; url?: string },
  source: "permalink" | "profile",
  matches: boolean,
  lookedAt: number | null = null,
): Finding => {
  const { handle, postId, text, url } = post;
  return {
    kind: "seen",
    matches,
    handle,
    postId,
    ...(url !== undefined && { url }),
    evidence: { source, account: handle, text, postId, seenLive: true, lookedAt },
  };
};
