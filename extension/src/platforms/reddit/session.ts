/** Who is logged in to Reddit: what its own request says, and else what the page shows. */

import { pathBelow } from "../../page/addresses.ts";
import { readSession, type Away } from "../../page/session.ts";
import { cookieOf } from "../../page/values.ts";
import type { Page } from "../adapter.ts";
import { controls, site } from "./site.ts";

export type Member = { kind: "in"; handle: string; token: string };
export type Answered = Member | Away | { kind: "suspended" };

export function readMember(page: Page, base: string): Promise<Answered> {
  let answer: Answered | "silent" | null = null;
  const asked = askIdentity(base, page.signal).then((session) => (answer = session));
  const member = (): Answered | null => {
    if (answer !== "silent") return answer;
    const handle = shownHandle(base);
    return handle === null ? null : { kind: "in", handle, token: sessionToken() };
  };
  return readSession(page, base, site, "profileLink", member, asked);
}

/** Another one after each log-in; it also proves to Reddit that a request is its own page's. */
export const sessionToken = (): string => cookieOf("csrf_token");

function shownHandle(base: string): string | null {
  const link = controls.find("profileLink");
  if (!(link instanceof HTMLAnchorElement)) return null;
  const [, , handle] = pathBelow(base, new URL(link.href).pathname).split("/");
  return handle || null;
}

/** Reddit answers with an empty object when nobody is logged in. */
async function askIdentity(base: string, signal: AbortSignal): Promise<Answered | "silent"> {
  try {
    const headers = { accept: "application/json" };
    const answer = await fetch(`${base}/api/me.json`, { headers, signal });
    if (!answer.ok) return "silent";
    const { data } = (await answer.json()) as {
      data?: { name?: unknown; is_suspended?: unknown };
    };
    const handle = data?.name;
    if (typeof handle !== "string" || handle === "") return { kind: "out" };
    if (data?.is_suspended === true) return { kind: "suspended" };
    return { kind: "in", handle, token: sessionToken() };
  } catch {
    return "silent";
  }
}
