/** The page's own requests. CreateTweet goes out by fetch or by XMLHttpRequest, as the account is set. */

import { cookie, load as loadFrom, logIn as logInAt, send } from "../kit/requests.ts";
import { at, type Person } from "../kit/shell.ts";

export type PieceKind = "text" | "link" | "hashtag" | "mention" | "emoji";

export interface Piece {
  readonly kind: PieceKind;
  readonly text: string;
  /** What is seen of a link. */
  readonly shown?: string;
}

export interface Post extends Person {
  readonly id: string;
  readonly at: string;
  readonly label: "pinned" | "reposted" | null;
  readonly pieces: readonly Piece[];
  readonly media: readonly Media[];
  /** Those that it answers, oldest first; on its own page only. */
  readonly above?: readonly Post[];
}

export interface Media {
  readonly sha256: string;
  readonly contentType: string;
  readonly alt: string | null;
}

/** What the composer holds. */
export interface Draft {
  readonly text: string;
  readonly mediaIds: readonly string[];
  /** The post that it answers. */
  readonly parentId: string | null;
}

export interface Profile extends Person {
  readonly posts: readonly Post[];
}

export type Created =
  | { readonly kind: "created"; readonly id: string }
  | { readonly kind: "logged_out" }
  | { readonly kind: "refused"; readonly words: string };

interface CreateTweetAnswer {
  readonly data?: {
    readonly create_tweet?: {
      readonly tweet_results?: {
        readonly result?: {
          readonly rest_id?: string;
          readonly tweet?: { readonly rest_id?: string };
        };
      };
    };
  };
  readonly errors?: readonly { readonly code: number }[];
}

const PART_BYTES = 4 * 1024 * 1024;
const CREATE_QUERY_ID = "z0m5Q8u_67R9VOSMXU_MWg";
const LOGGED_OUT_CODE = 32;
const SOMETHING_WENT_WRONG = "Something went wrong. Try again.";
const REFUSALS: Readonly<Record<number, string>> = {
  88: "You are doing this too often. Wait a while.",
  186: "Your post is too long.",
  187: "You already said that.",
  226: "This looks automated, so it was not sent.",
  326: "Your account is locked for the moment.",
  344: "You have reached today’s limit for posts.",
};

/** Publish what the composer holds; `nonce` names this press of the button. */
export async function createPost(draft: Draft, nonce: string): Promise<Created> {
  const { text, mediaIds, parentId } = draft;
  const body = JSON.stringify({
    variables: {
      tweet_text: text,
      dark_request: false,
      media: { media_entities: mediaIds.map((id) => ({ media_id: id, tagged_users: [] })) },
      ...(parentId && { reply: { in_reply_to_tweet_id: parentId, exclude_reply_user_ids: [] } }),
      client_nonce: nonce,
    },
    queryId: CREATE_QUERY_ID,
  });
  const url = at(`/i/api/graphql/${CREATE_QUERY_ID}/CreateTweet`);
  try {
    return read(JSON.parse((await send(url, body, headers())).text) as CreateTweetAnswer);
  } catch {
    return { kind: "refused", words: SOMETHING_WENT_WRONG };
  }
}

/** Uploads a file in parts; the id that it gets, or null when it is not taken. Tells which share is there. */
export async function uploadMedia(
  file: File,
  onProgress: (share: number) => void,
): Promise<string | null> {
  const begun = await command({
    command: "INIT",
    media_type: file.type,
    total_bytes: String(file.size),
  });
  if (!begun.ok) return null;
  const { media_id_string: id } = (await begun.json()) as { media_id_string: string };
  for (let start = 0; start < file.size; start += PART_BYTES) {
    const segment = { command: "APPEND", media_id: id, segment_index: String(start / PART_BYTES) };
    const sent = await command(segment, file.slice(start, start + PART_BYTES));
    if (!sent.ok) return null;
    onProgress(Math.min(start + PART_BYTES, file.size) / file.size);
  }
  return (await command({ command: "FINALIZE", media_id: id })).ok ? id : null;
}

/** Says in words what a picture shows. */
export async function describeMedia(id: string, alt: string): Promise<void> {
  await fetch(at("/i/api/1.1/media/metadata/create.json"), {
    method: "POST",
    headers: headers(),
    body: JSON.stringify({ media_id: id, alt_text: { text: alt } }),
  });
}

function command(parameters: Record<string, string>, body?: Blob): Promise<Response> {
  return fetch(at(`/i/media/upload.json?${new URLSearchParams(parameters)}`), {
    method: "POST",
    headers: { "x-csrf-token": cookie("ct0"), "content-type": "application/octet-stream" },
    ...(body && { body }),
  });
}

/** A list or a single thing; null when it does not exist. Who is logged out is sent to log in. */
export const load = <T>(path: string): Promise<T | null> =>
  loadFrom<T>(path, () => {
    location.assign(at("/i/flow/login"));
    return new Promise<never>(() => undefined);
  });

/** Begin a session; false when there is no such account. */
export const logIn = (handle: string): Promise<boolean> => logInAt(handle, "/i/api/login");

/** End the session. */
export async function logOut(): Promise<void> {
  await fetch(at("/i/api/logout"), { method: "POST" });
}

function read(answer: CreateTweetAnswer): Created {
  const code = answer.errors?.[0]?.code;
  if (code === LOGGED_OUT_CODE) return { kind: "logged_out" };
  if (code !== undefined) return { kind: "refused", words: REFUSALS[code] ?? SOMETHING_WENT_WRONG };
  const result = answer.data?.create_tweet?.tweet_results?.result;
  const id = result?.rest_id ?? result?.tweet?.rest_id;
  return id ? { kind: "created", id } : { kind: "refused", words: SOMETHING_WENT_WRONG };
}

const headers = (): Record<string, string> => ({
  "content-type": "application/json",
  "x-csrf-token": cookie("ct0"),
  "x-twitter-active-user": "yes",
});
