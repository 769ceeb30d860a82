/** Ends before the press that all adapters say alike. */

import type { Finding } from "../platforms/adapter.ts";
import { bare } from "./addresses.ts";

export type Failed = Finding & { kind: "failed" };

export const failed = (
  errorCode: string,
  error: string,
  details?: Record<string, unknown>,
): Failed => ({ kind: "failed", errorCode, error, ...(details && { details }) });

export const dirty = (error: string): Failed => failed("composer_dirty", error);

export const mismatch = (error: string, details: Record<string, unknown> = {}): Failed =>
  failed("composer_mismatch", error, details);

/** What was read back is not what the job wants; `where` as a reader of the error knows it. */
export const otherText = (where: "composer" | "caption", wanted: string, held: string): Failed =>
  mismatch(`The ${where} holds another text than the job's.`, {
    wantedCharacters: wanted.length,
    heldCharacters: held.length,
  });

/** `mark` is what the platform writes before its handles. */
export const wrongAccount = (loggedIn: string, wanted: string, mark: string): Failed =>
  failed(
    "wrong_account",
    `Logged in is ${mark}${loggedIn}, the job is for ${mark}${bare(wanted)}.`,
    { loggedIn, wanted: bare(wanted) },
  );
