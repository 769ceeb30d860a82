/** The video: chosen, uploaded, looked through by TikTok. */

import { isEnabled } from "../../page/dom.ts";
import { attachFiles, untilUploaded, type Upload } from "../../page/files.ts";
import type { Page } from "../adapter.ts";
import { closeDialogs, postButton } from "./composer.ts";
import { controls, wait } from "./site.ts";

/** The input goes when a video is chosen, and the caption comes. */
export const hasVideo = (): boolean =>
  controls.first("fileInput") === null && controls.find("caption") !== null;

/** Chooses the job's video and waits until TikTok would take the post. */
export async function attachVideo(page: Page, input: HTMLInputElement): Promise<void> {
  attachFiles(input, await page.files());
  await untilUploaded(uploadOf, wait(page, "upload"));
}

function uploadOf(): Upload {
  closeDialogs();
  const button = postButton();
  const failure = controls.find("failedUpload");
  const isBusy = controls.find("uploadPercent") !== null;
  return {
    isReady: hasVideo() && !isBusy && button !== null && isEnabled(button),
    progress: controls.find("upload")?.textContent ?? "",
    refusal: failure === null ? null : `TikTok says: ${failure.textContent.trim()}`,
  };
}
