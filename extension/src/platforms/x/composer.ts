/** The composer's text and button. */

import { isEnabled, waitFor } from "../../page/dom.ts";
import {
  type PasteForm,
  canonicalText,
  clearEditor,
  pasteText,
  readDraft,
  writeText,
} from "../../page/editor.ts";
import type { Page } from "../adapter.ts";
import { controls, wait } from "./site.ts";

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
export function insertText(page: Page, editor: HTMLElement, text: string): Promise<void> {
  const paste = (form: PasteForm): void => {
    if (readDraft(editor) !== "") clearEditor(editor);
    pasteText(editor, text, form);
  };
  const ways = [() => paste("rich"), () => paste("plain")];
  return writeText(page, ways, () => canonicalText(readDraft(editor)) === text);
}

export function readyButton(): HTMLElement | null {
  const button = controls.find("postButton");
  return button !== null && isEnabled(button) ? button : null;
}

/** The post that the composer answers, by its own address; `feed` for none. */
export const composedTarget = (): string =>
  new URLSearchParams(location.search).get("in_reply_to") ?? "feed";
