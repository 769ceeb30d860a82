/** The composer: a Quill editor, in the page itself or in a shadow root. */

import { isEnabled, waitFor } from "../../page/dom.ts";
import {
  canonicalText,
  clearEditor,
  pasteText,
  readParagraphs,
  writeParagraphs,
} from "../../page/editor.ts";
import type { Page } from "../adapter.ts";
import { controls, wait } from "./site.ts";

/** The address opens the composer by itself, mostly. */
const OPEN_SECONDS = 4;
/** An editor takes a paste at once or not at all. */
const TAKE_SECONDS = 1;

/** The empty editor, or null when something of an earlier draft would not go. */
export async function cleanEditor(page: Page): Promise<HTMLElement | null> {
  const editor = (await openEditor(page, OPEN_SECONDS)) ?? (await openByHand(page));
  if (readParagraphs(editor) === "") return editor;
  clearEditor(editor);
  if (readParagraphs(editor) !== "") writeParagraphs(editor, "");
  const isEmpty = (): true | null => (readParagraphs(editor) === "" ? true : null);
  return (await waitFor(isEmpty, wait(page, "enabled"))) && editor;
}

async function openByHand(page: Page): Promise<HTMLElement> {
  const trigger = controls.find("trigger") ?? controls.find("namedTrigger");
  if (trigger !== null) controls.use("trigger", trigger);
  const editor = await openEditor(page, wait(page, "composer").seconds);
  if (editor === null) throw controls.missing("textBox");
  return editor;
}

function openEditor(page: Page, seconds: number): Promise<HTMLElement | null> {
  const find = (): HTMLElement | null => {
    controls.dismiss();
    return controls.find("textBox");
  };
  return waitFor(find, { seconds, signal: page.signal });
}

/** Tries the next way only where the one before left another text, and on an empty editor. */
export async function insertText(page: Page, editor: HTMLElement, text: string): Promise<void> {
  const ways = [
    () => pasteText(editor, text, "plain"),
    () => pasteText(editor, text, "rich"),
    () => writeParagraphs(editor, text),
  ];
  for (const write of ways) {
    if (readParagraphs(editor) !== "") clearEditor(editor);
    write();
    const holdsIt = (): true | null => (holds(editor) === text ? true : null);
    if (await waitFor(holdsIt, { seconds: TAKE_SECONDS, signal: page.signal })) return;
  }
}

export const holds = (editor: HTMLElement): string => canonicalText(readParagraphs(editor));

export const postButton = (): HTMLElement | null =>
  controls.find("postButton") ?? controls.find("namedPostButton");

export function readyButton(): HTMLElement | null {
  const button = postButton();
  const isReady =
    button !== null && isEnabled(button) && !button.classList.contains("artdeco-button--disabled");
  return isReady ? button : null;
}

/** Whom LinkedIn would show the post, when that is not whom the job wants; it remembers the last choice. */
export function otherAudience(wanted: unknown): string | null {
  const isForAnyone = controls.find("audienceAnyone") !== null;
  const isForConnections = controls.find("audienceConnections") !== null;
  if (wanted === "connections") return isForConnections ? null : "not connections only";
  if (wanted === "public") return isForAnyone ? null : "not anyone";
  return isForConnections ? "connections only" : null;
}
