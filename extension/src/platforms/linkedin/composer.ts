/** The composer: a Quill editor, in the page itself or in a shadow root. */

import { isEnabled, waitFor } from "../../page/dom.ts";
import {
  canonicalText,
  clearEditor,
  pasteText,
  readParagraphs,
  writeParagraphs,
  writeText,
} from "../../page/editor.ts";
import type { Page } from "../adapter.ts";
import { controls, wait } from "./site.ts";

/** The address opens the composer by itself, mostly. */
const OPEN_SECONDS = 4;
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

/** Each way begins on an empty editor. */
export function insertText(page: Page, editor: HTMLElement, text: string): Promise<void> {
  const afresh = (write: () => unknown) => (): void => {
    if (readParagraphs(editor) !== "") clearEditor(editor);
    write();
  };
  const ways = [
    () => pasteText(editor, text, "plain"),
    () => pasteText(editor, text, "rich"),
    () => writeParagraphs(editor, text),
  ];
  return writeText(page, ways.map(afresh), () => holds(editor) === text);
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
