/** The files of a job: brought from the worker into the page, and put into the page's own file input. */

import type { LeasedMedia, LeaseRef } from "../contract/types.ts";
import { toWorker, type FileAnswer } from "../messages.ts";
import { waitFor, type Wait } from "./dom.ts";

/** The files are not here, or the platform takes no more of them; `errorCode` is the job's. Nothing was pressed. */
export class FilesProblem extends Error {
  readonly errorCode: string;

  constructor(errorCode: string, message: string) {
    super(message);
    this.errorCode = errorCode;
  }
}

/** The files of the lease's job, in order. Their bytes stay with the browser; nothing is copied into this page. */
export async function bringFiles(
  lease: LeaseRef,
  media: readonly LeasedMedia[],
  signal: AbortSignal,
): Promise<File[]> {
  const files: File[] = [];
  for (const { id, fileName, contentType, size } of media) {
    const blob = await bringFile(lease, id, signal);
    signal.throwIfAborted();
    if (blob.size !== size) {
      throw new FilesProblem("media_fetch_failed", `${fileName} came with ${blob.size} bytes.`);
    }
    files.push(new File([blob], fileName, { type: contentType }));
  }
  return files;
}

async function bringFile(lease: LeaseRef, id: string, signal: AbortSignal): Promise<Blob> {
  const asked = toWorker("file", { lease, id, probe: new Blob() }) as Promise<
    FileAnswer | null | undefined
  >;
  const direct = await asked.catch(() => null);
  const answer = direct?.kind === "by_frame" ? await askFrame(direct.word, signal) : direct;
  if (answer?.kind === "file" && (answer.blob as unknown) instanceof Blob) return answer.blob;
  throw answer?.kind === "failed"
    ? new FilesProblem(answer.errorCode, answer.error)
    : new FilesProblem("media_fetch_failed", "The extension's worker sent no file.");
}

/** The word goes to the frame alone: a message to another origin is heard by nobody else. */
async function askFrame(word: string, signal: AbortSignal): Promise<FileAnswer> {
  const frame = document.createElement("iframe");
  const url = chrome.runtime.getURL("frame.html");
  frame.src = url;
  frame.hidden = true;
  const { port1, port2 } = new MessageChannel();
  try {
    return await new Promise<FileAnswer>((resolve, reject) => {
      port1.onmessage = ({ data }: MessageEvent<FileAnswer>) => resolve(data);
      signal.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
      frame.addEventListener("load", () =>
        frame.contentWindow?.postMessage(word, new URL(url).origin, [port2]),
      );
      document.documentElement.append(frame);
    });
  } finally {
    port1.close();
    frame.remove();
  }
}

/** Inputs may append, so attach once per composer and then count what the composer shows. */
export function attachFiles(input: HTMLInputElement, files: readonly File[]): void {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  input.files = transfer.files;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** What the composer shows of the files that were attached. */
export interface Upload {
  isReady: boolean;
  /** Any word that changes whenever something has moved. */
  progress: string;
  /** The platform's own words when it does not take a file. */
  refusal: string | null;
}

/** Waits until the composer has taken all files, as long as something moves within `seconds` each time. */
export async function untilUploaded(look: () => Upload, wait: Wait): Promise<void> {
  let seen: string | null = null;
  for (;;) {
    const upload = await waitFor(() => {
      const shown = look();
      const isNews = shown.isReady || shown.refusal !== null || shown.progress !== seen;
      return isNews ? shown : null;
    }, wait);
    if (upload === null) {
      throw new FilesProblem(
        "upload_stalled",
        `The upload did not move for ${wait.seconds} seconds.`,
      );
    }
    if (upload.refusal !== null) throw new FilesProblem("content_rejected", upload.refusal);
    if (upload.isReady) return;
    seen = upload.progress;
  }
}
