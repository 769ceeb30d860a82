/** The page's own requests: uploads, the post, lists. */

import { cookie, load, send } from "../kit/requests.ts";
import { at } from "../kit/shell.ts";

export interface Item {
  readonly id: string;
  readonly handle: string;
  readonly desc: string;
  /** The digest under which the site serves the file. */
  readonly video: string | null;
}

export type Created =
  { readonly kind: "created" } | { readonly kind: "logged_out" } | { readonly kind: "refused" };

interface PostAnswer {
  readonly status_code: number;
}

const PART_BYTES = 4 * 1024 * 1024;
const LOGGED_OUT = 8;
const JSON_BODY = { "content-type": "application/json" };

/** Sends a video in parts and tells which share is there; its id, or null when it is refused. */
export async function upload(
  file: File,
  onProgress: (share: number) => void,
): Promise<string | null> {
  const wish = JSON.stringify({ contentType: file.type, size: file.size });
  const begun = await fetch(at("/video/upload"), {
    method: "POST",
    headers: JSON_BODY,
    body: wish,
  });
  if (!begun.ok) return null;
  const { video_id: id } = (await begun.json()) as { video_id: string };
  const place = at(`/video/upload/${id}`);
  for (let start = 0; start < file.size; start += PART_BYTES) {
    const part = file.slice(start, start + PART_BYTES);
    if (!(await fetch(place, { method: "PUT", body: part })).ok) return null;
    onProgress(Math.min(start + PART_BYTES, file.size) / file.size);
  }
  return (await fetch(place, { method: "POST" })).ok ? id : null;
}

/** Publishes; `nonce` names this press of the button. */
export async function postProject(text: string, videoId: string, nonce: string): Promise<Created> {
  const body = JSON.stringify({
    post_common_info: { creation_id: nonce, enter_post_page_from: 1, post_type: 3 },
    single_post_req_list: [
      { batch_index: 0, video_id: videoId, single_post_feature_info: { text, visibility_type: 0 } },
    ],
  });
  const headers = { ...JSON_BODY, "tt-csrf-token": cookie("tt_csrf_token") };
  try {
    const answer = await send(at("/tiktok/web/project/post/v1/?aid=1988"), body, headers);
    const { status_code: code } = JSON.parse(answer.text) as PostAnswer;
    if (code === LOGGED_OUT) return { kind: "logged_out" };
    return { kind: code === 0 ? "created" : "refused" };
  } catch {
    return { kind: "refused" };
  }
}

export const ownItems = async (): Promise<readonly Item[]> =>
  (await load<{ items: Item[] }>("/tiktok/creator/manage/item_list/v1/"))?.items ?? [];

export const item = (id: string): Promise<Item | null> => load<Item>(`/api/item/detail/${id}`);
