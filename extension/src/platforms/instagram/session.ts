/** Who is logged in to Instagram. */

import { isOneOf, pathBelow } from "../../page/addresses.ts";
import { waitFor } from "../../page/dom.ts";
import type { Page } from "../adapter.ts";
import { askUserName } from "./requests.ts";
import { controls, locators, wait } from "./site.ts";

export type Session =
  { kind: "in"; handle: string; userId: string } | { kind: "out" } | { kind: "challenge" };

export async function readSession(page: Page, base: string): Promise<Session> {
  const told = new EventTarget();
  const userId = loggedInId();
  let handle: string | null = null;
  void askUserName(base, userId, page.signal).then((name) => {
    handle = name;
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
      return handle === null ? null : { kind: "in", handle, userId };
    },
    wait(page, "session"),
    (listener, signal) => told.addEventListener("told", listener, { signal }),
  );
  if (session === null) throw controls.missing("createIcon");
  return session;
}

/** The number of the account that is logged in by now; empty for nobody. */
export function loggedInId(): string {
  const cookie = document.cookie.split("; ").find((each) => each.startsWith("ds_user_id="));
  return (cookie ?? "").slice("ds_user_id=".length);
}
