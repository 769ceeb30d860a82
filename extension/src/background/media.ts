/** Fetches the files of a job. They lie in Blobs, which the browser keeps on disk and hands over without copying. */

import type { LeasedMedia } from "../contract/types.ts";
import * as api from "./api.ts";

/** A broker that sends nothing for so long sends nothing more. */
const STALL_SECONDS = 30;
/** So much is held in memory before it goes into a Blob. */
const PIECE_BYTES = 4 * 1024 * 1024;

/** The file did not come whole; `errorCode` is the job's. */
export class FileMissing extends Error {
  readonly errorCode = "media_fetch_failed";
}

/** One file of the leased job, whole. */
export async function fetchFile(caller: api.Caller, media: LeasedMedia): Promise<Blob> {
  const stalled = new AbortController();
  const watch = (): ReturnType<typeof setTimeout> =>
    setTimeout(() => stalled.abort(), STALL_SECONDS * 1000);
  let watching = watch();
  const pieces = new Pieces();
  try {
    const reader = (await api.media(caller, media, stalled.signal)).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      clearTimeout(watching);
      watching = watch();
      pieces.add(value);
    }
  } catch (error) {
    if (stalled.signal.aborted) {
      throw new FileMissing(`${media.fileName}: nothing came for ${STALL_SECONDS} seconds.`);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new FileMissing(`${media.fileName} could not be fetched: ${reason}`);
  } finally {
    clearTimeout(watching);
  }
  const blob = pieces.joined(media.contentType);
  if (blob.size !== media.size) {
    throw new FileMissing(`${media.fileName} came with ${blob.size} of ${media.size} bytes.`);
  }
  return blob;
}

/** Bytes that come in small chunks, put away in Blobs of some size. */
class Pieces {
  readonly #blobs: Blob[] = [];
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #held = 0;

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk as Uint8Array<ArrayBuffer>);
    this.#held += chunk.byteLength;
    if (this.#held >= PIECE_BYTES) this.#putAway();
  }

  joined(type: string): Blob {
    this.#putAway();
    return new Blob(this.#blobs, { type });
  }

  #putAway(): void {
    if (this.#held > 0) this.#blobs.push(new Blob(this.#chunks));
    this.#chunks = [];
    this.#held = 0;
  }
}
