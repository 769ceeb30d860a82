/** Pictures and videos in the composer: attached, described, counted. */

import type { LeasedMedia } from "../../contract/types.ts";
import { readableText, waitFor } from "../../page/dom.ts";
import { fillField } from "../../page/editor.ts";
import { attachFiles, FilesProblem, untilUploaded, type Upload } from "../../page/files.ts";
import type { Page } from "../adapter.ts";
import { controls, wait } from "./site.ts";

/** How many files the composer shows; the timeline around it has pictures too. */
export function attachedCount(): number {
  const region = controls.find("attachments");
  return region === null ? 0 : controls.all("attachment", region).length;
}

/** Attaches the job's files and waits until X has taken them, then writes their descriptions. */
export async function attachMedia(page: Page, media: readonly LeasedMedia[]): Promise<void> {
  const files = await page.files();
  const input = controls.first("fileInput");
  if (!(input instanceof HTMLInputElement)) throw controls.missing("fileInput");
  attachFiles(input, files);
  await untilUploaded(() => uploadOf(files.length), wait(page, "upload"));
  const pictures = media.filter(({ contentType }) => contentType.startsWith("image/"));
  for (const { fileName, alt } of media.filter((each) => !pictures.includes(each))) {
    if (alt) throw new FilesProblem("content_rejected", `${fileName}: X describes pictures only.`);
  }
  for (const [index, { alt }] of pictures.entries()) {
    if (alt) await describe(page, index, alt);
  }
}

/** A file that X does not take vanishes from the composer, and a toast says why. */
function uploadOf(wanted: number): Upload {
  const region = controls.find("attachments");
  const isBusy = region !== null && controls.all("uploadProgress", region).length > 0;
  const count = attachedCount();
  const toast = controls.find("toast");
  return {
    isReady: count === wanted && !isBusy,
    progress: region?.outerHTML ?? "",
    refusal:
      toast !== null && count < wanted && !isBusy ? `X says: ${readableText(toast).trim()}` : null,
  };
}

async function describe(page: Page, index: number, alt: string): Promise<void> {
  const region = controls.find("attachments");
  const opener = region === null ? undefined : controls.all("altButton", region)[index];
  controls.use("altButton", opener ?? null);
  const field = await controls.wait("altText", wait(page, "enabled"));
  fillField(field, alt);
  controls.use("altSave", await controls.wait("altSave", wait(page, "enabled")));
  const isClosed = (): true | null => (controls.find("altText") === null ? true : null);
  if (!(await waitFor(isClosed, wait(page, "enabled")))) {
    throw new FilesProblem("composer_mismatch", "X did not keep the description of a picture.");
  }
}
