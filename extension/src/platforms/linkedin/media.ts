/** Pictures or a video: chosen and uploaded in a step of their own, then shown in the composer. */

import { isEnabled, waitFor } from "../../page/dom.ts";
import { attachFiles, FilesProblem, untilUploaded, type Upload } from "../../page/files.ts";
import type { Page } from "../adapter.ts";
import { controls, wait } from "./site.ts";

export const showsMedia = (): boolean => controls.find("attachment") !== null;

/** Attaches the job's files; how many LinkedIn took. */
export async function attachMedia(page: Page): Promise<number> {
  const files = await page.files();
  const input = await fileInput(page);
  attachFiles(input, files);
  await untilUploaded(() => uploadOf(files.length), wait(page, "upload"));
  const taken = controls.all("chosen").length;
  controls.use("nextButton", nextButton());
  const isShown = (): true | null =>
    showsMedia() && controls.find("textBox") !== null && nextButton() === null ? true : null;
  if (!(await waitFor(isShown, wait(page, "enabled")))) {
    throw new FilesProblem("composer_mismatch", "The composer does not show the files.");
  }
  return taken;
}

/** It may be there before the step is opened; a press of its opener would be one too many then. */
async function fileInput(page: Page): Promise<HTMLInputElement> {
  if (controls.first("fileInput") === null) controls.use("addMedia");
  const input = await waitFor(() => controls.first("fileInput"), wait(page, "enabled"));
  if (!(input instanceof HTMLInputElement)) throw controls.missing("fileInput");
  return input;
}

const nextButton = (): HTMLElement | null =>
  controls.find("nextButton") ?? controls.find("namedNextButton");

function uploadOf(wanted: number): Upload {
  const [chosen, busy] = [controls.all("chosen").length, controls.all("uploading").length];
  const next = nextButton();
  const failure = controls.find("failedUpload");
  return {
    isReady: chosen === wanted && busy === 0 && next !== null && isEnabled(next),
    progress: `${chosen} ${busy}`,
    refusal: failure === null ? null : `LinkedIn says: ${failure.innerText.trim()}`,
  };
}
