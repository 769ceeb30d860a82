/** What the page's data holds, and its own requests: all operations go to one address, by name. */

import { cookie, send } from "../kit/requests.ts";
import { at, shell as plainShell, type Shell, type Switches } from "../kit/shell.ts";

export type JoinState =
  "MEMBER" | "REQUESTED" | "CAN_JOIN" | "CAN_REQUEST" | "CANNOT_JOIN_OR_REQUEST";

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly slug: string | null;
  readonly viewer_join_state: JoinState;
  readonly has_membership_questions: boolean;
  readonly if_viewer_can_post_without_admin_approval: boolean;
  readonly isPublic: boolean;
  readonly memberCount: number;
  readonly postsPerDay: number;
  readonly takes: "posts" | "offers" | "nothing";
}

export interface Post {
  readonly id: string;
  readonly handle: string;
  readonly userId: string;
  readonly name: string;
  readonly at: string;
  readonly group: string | null;
  readonly waits: boolean;
  readonly text: string;
  readonly media: readonly string[];
}

interface FacebookShell extends Shell {
  readonly userId: string;
  readonly audience: "public" | "friends" | "only_me";
  readonly groups: readonly Group[];
  readonly switches: Switches & {
    readonly leftover_draft?: true;
    readonly join_dialog?: true;
    readonly join_swallowed?: true;
  };
}

export const shell = plainShell as FacebookShell;

export type Created =
  | { readonly kind: "created"; readonly id: string }
  | { readonly kind: "logged_out" }
  | { readonly kind: "refused"; readonly words: string };

const LOGGED_OUT = 1_357_001;
const GUARD = /^for \(;;\);/;
const SOMETHING = "Something went wrong. Try again later.";

interface Answer {
  readonly error?: number;
  readonly errorDescription?: string;
  readonly payload?: { readonly photoID: string };
  readonly data?: {
    readonly story_create?: {
      readonly story: { readonly legacy_story_hideable_id: string } | null;
    };
    readonly group_request_to_join?: { readonly group: { readonly viewer_join_state: JoinState } };
  };
}

export async function createStory(
  text: string,
  nonce: string,
  groupId: string | null,
  files: readonly string[],
): Promise<Created> {
  try {
    const answer = await operate("ComposerStoryCreateMutation", {
      message: { text },
      idempotence_token: nonce,
      audience: groupId === null ? {} : { to_id: groupId },
      attachments: files.map((id) => ({ photo: { id } })),
    });
    if (answer.error === LOGGED_OUT) return { kind: "logged_out" };
    const id = answer.data?.story_create?.story?.legacy_story_hideable_id;
    return id === undefined
      ? { kind: "refused", words: answer.errorDescription ?? SOMETHING }
      : { kind: "created", id };
  } catch {
    return { kind: "refused", words: SOMETHING };
  }
}

/** What the account is in the group after the press. */
export async function joinGroup(groupId: string): Promise<JoinState | null> {
  const answer = await operate("GroupCometJoinForumMutation", { group_id: groupId });
  return answer.data?.group_request_to_join?.group.viewer_join_state ?? null;
}

/** Sends one file, telling how far it is in percent; its id, or null when the site refuses it. */
export function upload(file: File, tell: (percent: number) => void): Promise<string | null> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", at("/ajax/react_composer/attachments/photo/upload"));
    request.upload.onprogress = ({ loaded, total }) => tell(Math.round((loaded / total) * 100));
    request.onload = () => resolve(read(request.responseText).payload?.photoID ?? null);
    request.onerror = () => resolve(null);
    const form = new FormData();
    form.append("farr", file);
    request.send(form);
  });
}

async function operate(name: string, input: object): Promise<Answer> {
  const form = new URLSearchParams({
    fb_api_req_friendly_name: name,
    variables: JSON.stringify({ input }),
    doc_id: "9000000000000001",
  });
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "x-fb-lsd": cookie("lsd"),
  };
  return read((await send(at("/api/graphql/"), form.toString(), headers)).text);
}

const read = (text: string): Answer =>
  JSON.parse(text.replace(GUARD, "").split("\n")[0] ?? "null") as Answer;
