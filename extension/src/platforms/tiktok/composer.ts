/** The caption, who may see the video, the button that publishes, and what lies over them. */

import { isEnabled } from "../../page/dom.ts";
import { canonicalText, pasteText, readDraft, writeText } from "../../page/editor.ts";
import type { Page } from "../adapter.ts";
import { controls, wait } from "./site.ts";

/** The choices of who may see a video, by what a job calls them. */
const AUDIENCES: Readonly<Record<string, string>> = {
  public: "audiencePublic",
  friends: "audienceFriends",
  private: "audiencePrivate",
};

/** Closes what offers something; a question that goes on to publish is left alone. */
export function closeDialogs(): void {
  if (controls.find("continueButton") !== null) return;
  const button = controls.find("closingButton");
  if (button !== null) controls.use("closingButton", button);
}

/**
 * Replaces the caption, which begins with the name of the file, by pasting over all of it: Draft.js loses
 * its hold on an editor that was emptied from outside. The plain form follows where the rich one fails.
 */
export async function writeCaption(page: Page, text: string): Promise<HTMLElement> {
  const editor = await controls.wait("caption", wait(page, "composer"));
  const ways = [() => pasteText(editor, text, "rich"), () => pasteText(editor, text, "plain")];
  await writeText(page, ways, () => holds(editor) === text);
  return editor;
}

export const holds = (editor: HTMLElement): string => canonicalText(readDraft(editor));

export const postButton = (): HTMLElement | null =>
  controls.find("postButton") ?? controls.find("namedPostButton");

export function readyButton(): HTMLElement | null {
  closeDialogs();
  const button = postButton();
  return button !== null && isEnabled(button) && controls.find("dialog") === null ? button : null;
}

/** Who TikTok would let see the video, when that is not who the job wants; it remembers the last choice. */
export function otherAudience(wanted: unknown): string | null {
  const shown = controls.find("audience");
  const choice = AUDIENCES[typeof wanted === "string" ? wanted : "public"];
  if (shown === null) return wanted === undefined ? null : "not shown";
  if (choice !== undefined && controls.find(choice) !== null) return null;
  return shown.textContent.trim();
}
