/** Who is logged in to TikTok: what its own request says, and else what the page shows. */

import { isOneOf, pathBelow } from "../../page/addresses.ts";
import { waitFor } from "../../page/dom.ts";
import type { Page } from "../adapter.ts";
import { controls, locators, wait } from "./site.ts";

export type Session = { kind: "in"; handle: string } | { kind: "out" } | { kind: "challenge" };

const IDENTITY = "/node-webapp/api/common-app-context";

export async function readSession(page: Page, base: string): Promise<Session> {
  const told = new EventTarget();
  let answer: { handle: string | null } | null = null;
  void askIdentity(page, base).then((handle) => {
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
      const handle = answer.handle ?? shownHandle(base);
      return handle === null ? null : { kind: "in", handle };
    },
    wait(page, "session"),
    (listener, signal) => told.addEventListener("told", listener, { signal }),
  );
  if (session === null) throw controls.missing("profileIcon");
  return session;
}

/** Who is logged in by now, as TikTok says; null when it does not say. */
export async function askIdentity(page: Page, base: string): Promise<string | null> {
  try {
    const answer = await fetch(base + IDENTITY, { signal: page.signal });
    if (!answer.ok) return null;
    const { user } = (await answer.json()) as { user?: { uniqueId?: unknown } };
    const handle = user?.uniqueId;
    return typeof handle === "string" && handle !== "" ? handle : null;
  } catch {
    return null;
  }
}

function shownHandle(base: string): string | null {
  const icon = controls.find("profileIcon");
  const link = icon?.closest("a") ?? icon?.querySelector("a");
  const [, name = ""] = link == null ? [] : pathBelow(base, new URL(link.href).pathname).split("/");
  return name.startsWith("@") ? name.slice(1) : null;
}
