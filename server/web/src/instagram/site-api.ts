/** The page's own requests: uploads, the post, lists. */

import { cookie, load, send } from "../kit/requests.ts";
import { at } from "../kit/shell.ts";

export interface Item {
  readonly pk: string;
  readonly code: string;
  readonly product_type: "clips" | "feed";
  readonly caption: { readonly text: string } | null;
  readonly user: { readonly username: string };
  readonly files: readonly { readonly sha256: string; readonly type: string }[];
}

export type Created =
  | { readonly kind: "created"; readonly code: string | null }
  | { readonly kind: "logged_out" }
  | { readonly kind: "refused" };

interface ConfigureAnswer {
  readonly status: "ok" | "fail";
  readonly message?: string;
  readonly media?: { readonly code: string };
}

const NOT_READY = 202;
const POLL_MILLISECONDS = 400;
const CODES = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export const isVideo = ({ type }: { readonly type: string }): boolean => type.startsWith("video/");

/** Sends a file; the number under which a post may hold it, or null when it was refused. */
export async function upload(file: File): Promise<string | null> {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  const number = `${Date.now()}${random}`;
  const room = isVideo(file) ? "rupload_igvideo" : "rupload_igphoto";
  const answer = await fetch(at(`/${room}/${number}`), {
    method: "POST",
    headers: { "X-Entity-Type": file.type, "X-Entity-Length": String(file.size) },
    body: file,
  });
  return answer.ok ? number : null;
}

/** Publishes, and asks again while a video is not ready; `nonce` names this press of the button. */
export async function configure(
  caption: string,
  uploads: readonly string[],
  isReel: boolean,
  nonce: string,
): Promise<Created> {
  const [first = ""] = uploads;
  const many = JSON.stringify(uploads.map((upload_id) => ({ upload_id })));
  const body = new URLSearchParams({
    caption,
    client_nonce: nonce,
    ...(uploads.length > 1 ? { children_metadata: many } : { upload_id: first }),
  });
  const how =
    uploads.length > 1 ? "configure_sidecar" : isReel ? "configure_to_clips" : "configure";
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "X-CSRFToken": cookie("csrftoken"),
  };
  try {
    for (;;) {
      const answer = await send(at(`/api/v1/media/${how}/`), body.toString(), headers);
      if (answer.status !== NOT_READY) return outcome(JSON.parse(answer.text) as ConfigureAnswer);
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
    }
  } catch {
    return { kind: "refused" };
  }
}

function outcome({ status, message, media }: ConfigureAnswer): Created {
  if (message === "login_required") return { kind: "logged_out" };
  return status === "ok" ? { kind: "created", code: media?.code ?? null } : { kind: "refused" };
}

export const postsOf = async (handle: string): Promise<readonly Item[]> =>
  (await load<{ items: Item[] }>(`/api/v1/feed/user/${handle}/username/`))?.items ?? [];

export async function postOf(code: string): Promise<Item | null> {
  const number = [...code].reduce((sum, digit) => sum * 64n + BigInt(CODES.indexOf(digit)), 0n);
  const found = await load<{ items: Item[] }>(`/api/v1/media/${number}/info/`);
  return found?.items[0] ?? null;
}
