/** The composer's text and button. */

import { isEnabled, waitFor } from "../../page/dom.ts";
import { canonicalText, clearEditor, pasteText, readDraft } from "../../page/editor.ts";
import type { Page } from "../adapter.ts";
import { controls, wait } from "./site.ts";

/** An editor takes a paste at once or not at all. */
const TAKE_SECONDS = 1;

/** The empty editor, or null when something of an earlier draft would not go. */
export async function cleanEditor(page: Page): Promise<HTMLElement | null> {
  const editor = await waitFor(
    () => {
      controls.dismiss();
      return controls.find("textBox");
    },
    wait(page, "composer"),
  );
  if (editor === null) throw controls.missing("textBox");
  if (readDraft(editor) === "") return editor;
  clearEditor(editor);
  const isEmpty = await waitFor(() => readDraft(editor) === "" || null, wait(page, "enabled"));
  return isEmpty ? editor : null;
}

/** Tries the plain form only where the rich one left another text, and again on an empty editor. */
export async function insertText(page: Page, editor: HTMLElement, text: string): Promise<void> {
  for (const form of ["rich", "plain"] as const) {
    if (readDraft(editor) !== "") clearEditor(editor);
    pasteText(editor, text, form);
    const holdsIt = (): true | null => (canonicalText(readDraft(editor)) === text ? true : null);
    if (await waitFor(holdsIt, { seconds: TAKE_SECONDS, signal: page.signal })) return;
  }
}

export function readyButton(): HTMLElement | null {
  const button = controls.find("postButton");
  return button !== null && isEnabled(button) ? button : null;
}

/** The post that the composer answers, by its own address; `feed` for none. */
export const composedTarget = (): string =>
  new URLSearchParams(location.search).get("in_reply_to") ?? "feed";
