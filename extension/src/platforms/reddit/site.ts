/** Reddit as data, and how its addresses and names read. */

import { pathBelow } from "../../page/addresses.ts";
import { readableText } from "../../page/dom.ts";
import { siteOf } from "../../page/site.ts";
import locatorsData from "../../../../shared/locators/reddit.json" with { type: "json" };
import platformData from "../../../../shared/platforms/reddit.json" with { type: "json" };

export const site = siteOf(platformData, locatorsData);
export const { locators, controls, wait } = site;

const THREAD = /^\/(?:r|user)\/[\w-]{1,50}\/comments\/(?<post>[a-z0-9]{1,13})(?=\/|$)/;
const COMMENT = /\/comment\/(?<comment>[a-z0-9]{1,13})\/?$/;

/** The ids in a thread's or a comment's path, and the path of the thread. */
export interface Place {
  thread: string;
  postId: string;
  commentId: string | null;
}

export function placeAt(base: string, href: string): Place | null {
  const path = pathBelow(base, new URL(href, location.href).pathname);
  const found = THREAD.exec(path);
  const postId = found?.groups?.["post"];
  if (found === null || postId === undefined) return null;
  const commentId = COMMENT.exec(path)?.groups?.["comment"] ?? null;
  return { thread: found[0], postId, commentId };
}

/** The id of a post or comment that an element stands for, without the mark of its kind. */
export function idOf(element: Element | null): string | null {
  for (const name of ["thingid", "comment-id", "data-fullname", "id"]) {
    const found = /^t[13]_([a-z0-9]{1,13})$/.exec(element?.getAttribute(name) ?? "");
    if (found?.[1] !== undefined) return found[1];
  }
  return null;
}

/** What a reader sees of a comment: its paragraphs, line by line. */
export function wordsOf(element: Element | null): string {
  if (element === null) return "";
  const paragraphs = [...element.querySelectorAll("p")];
  return paragraphs.length > 0 ? paragraphs.map(readableText).join("\n") : readableText(element);
}
