/** Who is logged in to LinkedIn: what its own request says, and else what the page shows. */

import { isOneOf, pathBelow } from "../../page/addresses.ts";
import { waitFor } from "../../page/dom.ts";
import type { Page } from "../adapter.ts";
import { controls, handleOf, locators, wait } from "./site.ts";

export type Session =
  { kind: "in"; handle: string; token: string } | { kind: "out" } | { kind: "challenge" };

export async function readSession(page: Page, base: string): Promise<Session> {
  const told = new EventTarget();
  let answer: { handle: string | null } | null = null;
  void askIdentity(base, page.signal).then((handle) => {
    answer = { handle };
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
      if (answer === null) return null;
      const handle = answer.handle ?? handleOf(base, controls.find("profileLink"));
      return handle === null ? null : { kind: "in", handle, token: sessionToken() };
    },
    wait(page, "session"),
    (listener, signal) => told.addEventListener("told", listener, { signal }),
  );
  if (session === null) throw controls.missing("profileLink");
  return session;
}

/** Another one after each log-in; it also proves to LinkedIn that a request is its own page's. */
export function sessionToken(): string {
  const cookie = document.cookie.split("; ").find((each) => each.startsWith("JSESSIONID="));
  return (cookie ?? "").slice("JSESSIONID=".length).replaceAll('"', "");
}

async function askIdentity(base: string, signal: AbortSignal): Promise<string | null> {
  try {
    const headers = { "csrf-token": sessionToken(), accept: "application/json" };
    const answer = await fetch(`${base}/voyager/api/me`, { headers, signal });
    if (!answer.ok) return null;
    const { miniProfile } = (await answer.json()) as {
      miniProfile?: { publicIdentifier?: unknown };
    };
    const handle = miniProfile?.publicIdentifier;
    return typeof handle === "string" && handle !== "" ? handle : null;
  } catch {
    return null;
  }
}
