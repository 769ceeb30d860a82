/** Who is logged in to X. */

import { isOneOf, pathBelow } from "../../page/addresses.ts";
import { waitFor } from "../../page/dom.ts";
import type { Page } from "../adapter.ts";
import { controls, locators, wait } from "./site.ts";

export type Session = { kind: "in"; handle: string } | { kind: "out" } | { kind: "challenge" };

export async function readSession(page: Page, base: string): Promise<Session> {
  const session = await waitFor<Session>(
    () => {
      const path = pathBelow(base, location.pathname);
      if (isOneOf(locators.challengePaths, path) || controls.find("challenge") !== null) {
        return { kind: "challenge" };
      }
      if (isOneOf(locators.loggedOutPaths, path) || controls.find("loginForm") !== null) {
        return { kind: "out" };
      }
      const handle = loggedInHandle(base);
      return handle === null ? null : { kind: "in", handle };
    },
    wait(page, "session"),
  );
  if (session === null) throw controls.missing("profileLink");
  return session;
}

export function loggedInHandle(base: string): string | null {
  const link = controls.find("profileLink");
  if (!(link instanceof HTMLAnchorElement)) return null;
  return pathBelow(base, new URL(link.href).pathname).split("/")[1] || null;
}
