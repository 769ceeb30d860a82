/** The dialog in which a post is made: its way from the files to the caption, and what it then holds. */

import { isEnabled, waitFor } from "../../page/dom.ts";
import {
  canonicalText,
  fillField,
  pasteText,
  readParagraphs,
  writeText,
} from "../../page/editor.ts";
import { attachFiles, FilesProblem, untilUploaded, type Upload } from "../../page/files.ts";
import type { Page } from "../adapter.ts";
import { controls, wait } from "./site.ts";

/** Files, crop, edit, caption: more steps than these are not known. */
const STEPS_MAX = 4;

/** Opens the dialog; some accounts are asked first what they want to make. */
export async function openDialog(page: Page): Promise<HTMLInputElement> {
  const icon = await waitFor(
    () => {
      closeOffers();
      return controls.find("createIcon");
    },
    wait(page, "composer"),
  );
  if (icon === null) throw controls.missing("createIcon");
  if (controls.find("dialog") !== null) {
    throw new FilesProblem("composer_dirty", "A dialog stays open over Instagram's page.");
  }
  controls.use("createIcon", pressable(icon));
  let isChosen = false;
  const input = await waitFor(
    () => {
      const found = controls.first("fileInput");
      const item = isChosen || found !== null ? null : controls.find("postItem");
      if (item !== null) {
        isChosen = true;
        controls.use("postItem", item);
      }
      return found;
    },
    wait(page, "enabled"),
  );
  if (!(input instanceof HTMLInputElement)) throw controls.missing("fileInput");
  return input;
}

/** Attaches the job's files, keeps their shape, and goes on to the caption; how many Instagram took. */
export async function attachMedia(page: Page, input: HTMLInputElement): Promise<number> {
  attachFiles(input, await page.files());
  await untilUploaded(uploadOf, wait(page, "upload"));
  await keepShape(page);
  const taken = await countTaken(page);
  await goToCaption(page);
  return taken;
}

function uploadOf(): Upload {
  closeOffers();
  const failure = controls.find("failedUpload");
  return {
    isReady: controls.find("nextButton") !== null && controls.find("offerButton") === null,
    progress: controls.find("dialog")?.outerHTML ?? "",
    refusal: failure === null ? null : `Instagram says: ${failure.textContent.trim()}`,
  };
}

/** Left alone, Instagram cuts a square out. */
async function keepShape(page: Page): Promise<void> {
  const icon = await controls.wait("cropIcon", wait(page, "enabled"));
  controls.use("cropIcon", pressable(icon));
  controls.use("original", await controls.wait("original", wait(page, "enabled")));
}

/** Several files are seen in the gallery only, one is seen as it is. */
async function countTaken(page: Page): Promise<number> {
  const icon = controls.find("galleryIcon");
  if (icon === null) return controls.all("preview").length;
  controls.use("galleryIcon", pressable(icon));
  await waitFor(() => controls.find("galleryItem"), wait(page, "enabled"));
  return controls.all("galleryItem").length;
}

async function goToCaption(page: Page): Promise<void> {
  for (let steps = 0; steps < STEPS_MAX && controls.find("caption") === null; steps++) {
    const before = heading();
    controls.use("nextButton", await controls.wait("nextButton", wait(page, "enabled")));
    const hasMoved = (): true | null =>
      controls.find("caption") !== null || heading() !== before ? true : null;
    await waitFor(hasMoved, wait(page, "enabled"));
  }
  if (controls.find("caption") === null) throw controls.missing("caption");
}

const heading = (): string => controls.find("heading")?.textContent ?? "";

/** Lexical takes a paste, the plain field of the older design a value. */
export async function writeCaption(page: Page, text: string): Promise<HTMLElement> {
  const editor = await controls.wait("caption", wait(page, "composer"));
  if (editor instanceof HTMLTextAreaElement) {
    fillField(editor, text);
    return editor;
  }
  const ways = [() => pasteText(editor, text, "plain"), () => pasteText(editor, text, "rich")];
  await writeText(page, ways, () => holds(editor) === text);
  return editor;
}

export const holds = (editor: HTMLElement): string =>
  canonicalText(editor instanceof HTMLTextAreaElement ? editor.value : readParagraphs(editor));

export function readyButton(): HTMLElement | null {
  closeOffers();
  const button = controls.find("postButton");
  return button !== null && isEnabled(button) ? button : null;
}

/** Closes what only tells or offers something. */
function closeOffers(): void {
  const button = controls.find("offerButton");
  if (button !== null) controls.use("offerButton", button);
}

const pressable = (icon: HTMLElement): HTMLElement =>
  icon.closest<HTMLElement>("a, button, [role='button'], [role='link']") ?? icon;
