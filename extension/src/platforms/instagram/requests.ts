/** What Instagram's own requests say, sent as its pages send them. */

import { recordOf } from "../../page/values.ts";

const APP_ID = "936619743392459";

/** The account that is logged in; null when Instagram does not say. */
export async function askUserName(
  base: string,
  userId: string,
  signal: AbortSignal,
): Promise<string | null> {
  const { user } = recordOf(await ask(`${base}/api/v1/users/${userId}/info/`, signal));
  const name = recordOf(user)["username"];
  return typeof name === "string" && name !== "" ? name : null;
}

/** Author and caption of a post; null when they cannot be read. */
export async function askPost(
  base: string,
  number: bigint,
  signal: AbortSignal,
): Promise<{ handle: string; text: string } | null> {
  const { items } = recordOf(await ask(`${base}/api/v1/media/${number}/info/`, signal));
  const [item] = Array.isArray(items) ? (items as unknown[]) : [];
  const { user, caption } = recordOf(item);
  const handle = recordOf(user)["username"];
  const text = recordOf(caption)["text"] ?? "";
  return typeof handle === "string" && typeof text === "string" ? { handle, text } : null;
}

async function ask(url: string, signal: AbortSignal): Promise<unknown> {
  try {
    const answer = await fetch(url, { headers: { "X-IG-App-ID": APP_ID }, signal });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
