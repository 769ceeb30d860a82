/** Fetches the files of a job. They lie in Blobs, which the browser keeps for us and hands over without copying. */

import type { LeasedMedia } from "../contract/types.ts";
import * as api from "./api.ts";

/** So much is asked for at once: large enough for the browser to put it on its disk, small enough to ask again for it. */
const PIECE_BYTES = 64 * 1024 * 1024;
/** How often one piece is asked for. */
const TRIES = 3;

/** The file did not come whole; `errorCode` is the job's. */
export class FileMissing extends Error {
  readonly errorCode = "media_fetch_failed";
}

/** One file of the leased job, whole. */
export async function fetchFile(caller: api.Caller, media: LeasedMedia): Promise<Blob> {
  const pieces: Blob[] = [];
  for (let start = 0; start < media.size; start += PIECE_BYTES) {
    pieces.push(await fetchPiece(caller, media, start));
  }
  return new Blob(pieces, { type: media.contentType });
}

async function fetchPiece(caller: api.Caller, media: LeasedMedia, start: number): Promise<Blob> {
  const end = Math.min(start + PIECE_BYTES, media.size);
  for (let tries = 1; ; tries++) {
    try {
      const piece = await api.media(caller, media, start, end);
      if (piece.size === end - start) return piece;
      throw new api.Unanswered(`${piece.size} of ${end - start} bytes came.`);
    } catch (error) {
      const isFinal = error instanceof api.Refused && !error.isPassing;
      if (!isFinal && tries < TRIES) continue;
      const reason = error instanceof Error ? error.message : String(error);
      throw new FileMissing(`${media.fileName} could not be fetched: ${reason}`);
    }
  }
}
