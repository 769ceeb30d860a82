/** What Facebook's pages carry as data beside what they show: who is logged in, stories, groups. Believe nothing in it unchecked. */

import { at } from "../../page/values.ts";

/** A story as the page's data tells it. */
export interface Story {
  postId: string;
  authorId: string | null;
  /** Milliseconds since 1970. */
  at: number | null;
  text: string | null;
}

/** A group as the page's data tells it; a page holds others too, which it suggests. */
export interface GroupData {
  id: string;
  joinState: string;
  hasQuestions: boolean;
  /** False where the data does not say so: then posts may have to wait. */
  canPostWithoutApproval: boolean;
}

type Node = Record<string, unknown>;

/** Module with the number and name of whoever is logged in; the number is "0" for nobody. */
const CURRENT_USER = /"CurrentUserInitialData"\s*,\s*\[\]\s*,\s*(\{[^{}]*\})/;
const GROUP_NUMBER = /"groupID"\s*:\s*"(\d+)"/;

export function currentUser(): { id: string; name: string } | null {
  const [found] = matches(CURRENT_USER);
  const user = found === undefined ? null : (parsed(found) as Node | null);
  const [id, name] = [user?.["USER_ID"], user?.["NAME"]];
  return typeof id === "string" ? { id, name: typeof name === "string" ? name : "" } : null;
}

/** The number of the group whose page this is. */
export const groupNumber = (): string | null => matches(GROUP_NUMBER)[0] ?? null;

export function stories(): Story[] {
  return nodesWith("post_id").map((node) => {
    const author = within(node, (each) => Array.isArray(each["actors"]))?.["actors"] as unknown[];
    const created = within(node, (each) => typeof each["creation_time"] === "number");
    const message = within(node, (each) => typeof at(each, "message", "text") === "string");
    const seconds = created?.["creation_time"];
    return {
      postId: String(node["post_id"]),
      authorId: text(at((author as Node[] | undefined)?.[0], "id")),
      at: typeof seconds === "number" ? seconds * 1000 : null,
      text: text(at(message, "message", "text")),
    };
  });
}

export function groups(): GroupData[] {
  return [...nodesWith("viewer_join_state"), ...nodesWith("viewer_forum_join_state")].flatMap(
    (node) => {
      const id = text(node["id"]);
      const state = text(node["viewer_join_state"]) ?? text(node["viewer_forum_join_state"]);
      if (id === null || state === null) return [];
      return {
        id,
        joinState: state,
        hasQuestions: node["has_membership_questions"] === true,
        canPostWithoutApproval: node["if_viewer_can_post_without_admin_approval"] === true,
      };
    },
  );
}

export const text = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value : null;

function matches(pattern: RegExp): string[] {
  return [...document.scripts].flatMap(({ textContent }) => pattern.exec(textContent)?.[1] ?? []);
}

/** Every object in the page's data that has the key. */
function nodesWith(key: string): Node[] {
  return [...document.querySelectorAll("script[type='application/json']")]
    .map(({ textContent }) => textContent)
    .filter((content) => content.includes(`"${key}"`))
    .flatMap((content) => [...nodes(parsed(content))].filter((node) => key in node));
}

function within(root: Node, isIt: (node: Node) => boolean): Node | undefined {
  return [...nodes(root)].find(isIt);
}

function* nodes(value: unknown): Generator<Node> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield value as Node;
  for (const inner of Object.values(value)) yield* nodes(inner);
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return null;
  }
}
