/** Who is logged in to X. */

import { pathBelow } from "../../page/addresses.ts";
import { readSession, type Away } from "../../page/session.ts";
import type { Page } from "../adapter.ts";
import { controls, site } from "./site.ts";

export type Member = { kind: "in"; handle: string };

export const readMember = (page: Page, base: string): Promise<Member | Away> =>
  readSession(page, base, site, "profileLink", () => {
    const handle = loggedInHandle(base);
    return handle === null ? null : { kind: "in", handle };
  });

export function loggedInHandle(base: string): string | null {
  const link = controls.find("profileLink");
  if (!(link instanceof HTMLAnchorElement)) return null;
  return pathBelow(base, new URL(link.href).pathname).split("/")[1] || null;
}
