/** Who is logged in to TikTok: what its own request says, and else what the page shows. */

import { pathBelow } from "../../page/addresses.ts";
import { readSession, type Away } from "../../page/session.ts";
import type { Page } from "../adapter.ts";
import { controls, site } from "./site.ts";

const IDENTITY = "/node-webapp/api/common-app-context";

export type Member = { kind: "in"; handle: string };

export function readMember(page: Page, base: string): Promise<Member | Away> {
  let answer: { handle: string | null } | null = null;
  const asked = askIdentity(page, base).then((handle) => (answer = { handle }));
  const member = (): Member | null => {
    if (answer === null) return null;
    const handle = answer.handle ?? shownHandle(base);
    return handle === null ? null : { kind: "in", handle };
  };
  return readSession(page, base, site, "profileIcon", member, asked);
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
