/** Who is logged in to Reddit: what its own request says, and else what the page shows. */

import { isOneOf, pathBelow } from "../../page/addresses.ts";
import { waitFor } from "../../page/dom.ts";
import type { Page } from "../adapter.ts";
import { controls, locators, wait } from "./site.ts";

export type Session =
  | { kind: "in"; handle: string; token: string }
  | { kind: "out" }
  | { kind: "challenge" }
  | { kind: "suspended" };

export async function readSession(page: Page, base: string): Promise<Session> {
  const told = new EventTarget();
  let answer: Session | "silent" | null = null;
  void askIdentity(base, page.signal).then((session) => {
    answer = session;
    told.dispatchEvent(new Event("told"));
  });
  const session = await waitFor<Session>(
    () => {
      const path = pathBelow(base, location.pathname);
      if (isOneOf(locators.challengePaths, path) || controls.find("challenge") !== null) {
        return { kind: "challenge" };
      }
      if (isOneOf(locators.loggedOutPaths, path) || controls.find("loginForm") !== null) {
        return { kind: "out" };
      }
      if (answer !== "silent") return answer;
      const handle = shownHandle(base);
      return handle === null ? null : { kind: "in", handle, token: sessionToken() };
    },
    wait(page, "session"),
    (listener, signal) => told.addEventListener("told", listener, { signal }),
  );
  if (session === null) throw controls.missing("profileLink");
  return session;
}

/** Another one after each log-in; it also proves to Reddit that a request is its own page's. */
export function sessionToken(): string {
  const cookie = document.cookie.split("; ").find((each) => each.startsWith("csrf_token="));
  return (cookie ?? "").slice("csrf_token=".length);
}

function shownHandle(base: string): string | null {
  const link = controls.find("profileLink");
  if (!(link instanceof HTMLAnchorElement)) return null;
  const [, , handle] = pathBelow(base, new URL(link.href).pathname).split("/");
  return handle || null;
}

/** Reddit answers with an empty object when nobody is logged in. */
async function askIdentity(base: string, signal: AbortSignal): Promise<Session | "silent"> {
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
