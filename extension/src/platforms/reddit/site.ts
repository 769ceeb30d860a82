/** Reddit as data, and how its addresses and names read. */

import type { Locators, Platform } from "../../contract/types.ts";
import { pathBelow } from "../../page/addresses.ts";
import { Controls, readableText, type Wait } from "../../page/dom.ts";
import locatorsData from "../../../../shared/locators/reddit.json" with { type: "json" };
import platformData from "../../../../shared/platforms/reddit.json" with { type: "json" };
import type { Finding, Page } from "../adapter.ts";

export const platform = platformData as Platform;
export const locators = locatorsData as Locators;
export const controls = new Controls(locators);

const THREAD = /^\/(?:r|user)\/[\w-]{1,50}\/comments\/(?<post>[a-z0-9]{1,13})(?=\/|$)/;
const COMMENT = /\/comment\/(?<comment>[a-z0-9]{1,13})\/?$/;

export const wait = (page: Page, name: string): Wait => ({
  seconds: locators.waitSeconds?.[name] ?? 15,
  signal: page.signal,
});

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

export const failed = (
  errorCode: string,
  error: string,
  details?: Record<string, unknown>,
): Finding => ({ kind: "failed", errorCode, error, ...(details && { details }) });
