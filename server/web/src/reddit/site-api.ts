/** The page's own requests: a thread, an account's comments, and new comments. */

import { cookie, load, send } from "../kit/requests.ts";
import { at, newNonce, shell, type Switches } from "../kit/shell.ts";

export interface RedditSwitches extends Switches {
  readonly markdown_editor?: true;
  readonly old_draft?: true | "stuck";
}

export const switches: RedditSwitches = shell.switches;

export interface Comment {
  readonly id: string;
  /** The comment that it answers. */
  readonly parent: string | null;
  readonly path: string;
  readonly author: string;
  readonly at: string;
  readonly paragraphs: readonly string[];
}

export interface Thread {
  readonly id: string;
  readonly path: string;
  readonly title: string;
  readonly state: "open" | "locked" | "archived" | "removed";
  readonly comments: readonly Comment[];
}

export const loadThread = (id: string): Promise<Thread | null> =>
  load<Thread>(`/comments/${id}.json`);

export async function loadOwnComments(handle: string): Promise<readonly Comment[]> {
  const found = await load<{ comments: Comment[] }>(`/user/${handle}/comments.json`);
  return found?.comments ?? [];
}

/** What came of a press: the words of a refusal, or null when the comment is there. */
export async function publish(thing: string, text: string, mode: Mode): Promise<string | null> {
  const nonce = newNonce();
  const token = cookie("csrf_token");
  try {
    if (shell.layout === "old") {
      const body = new URLSearchParams({
        thing_id: thing,
        text,
        uh: token,
        api_type: "json",
        nonce,
      });
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      return wordsOf((await send(at("/api/comment"), body.toString(), headers)).text);
    }
    const body = new FormData();
    body.set("content", mode === "richText" ? documentOf(text) : text);
    body.set("mode", mode);
    body.set("csrf_token", token);
    body.set("nonce", nonce);
    const url = at(`/svc/shreddit/${thing}/create-comment`);
    const answer = await send(url, body, {});
    return answer.status === 200 ? null : wordsOf(answer.text);
  } catch {
    return "";
  }
}

export type Mode = "richText" | "markdown";

/** Paragraphs of runs, as the rich editor sends them. */
const documentOf = (text: string): string =>
  JSON.stringify({
    document: text.split("\n").map((line) => ({ e: "par", c: [{ e: "text", t: line }] })),
  });

function wordsOf(answer: string): string | null {
  const { json } = JSON.parse(answer) as { json?: { errors?: [string, string, string][] } };
  const [first] = json?.errors ?? [];
  return first === undefined ? null : first[1];
}
