/** Who is logged in to LinkedIn: what its own request says, and else what the page shows. */

import { readSession, type Away } from "../../page/session.ts";
import { cookieOf } from "../../page/values.ts";
import type { Page } from "../adapter.ts";
import { controls, handleOf, site } from "./site.ts";

export type Member = { kind: "in"; handle: string; token: string };

export function readMember(page: Page, base: string): Promise<Member | Away> {
  let answer: { handle: string | null } | null = null;
  const asked = askIdentity(base, page.signal).then((handle) => (answer = { handle }));
  const member = (): Member | null => {
    if (answer === null) return null;
    const handle = answer.handle ?? handleOf(base, controls.find("profileLink"));
    return handle === null ? null : { kind: "in", handle, token: sessionToken() };
  };
  return readSession(page, base, site, "profileLink", member, asked);
}

/** Another one after each log-in; it also proves to LinkedIn that a request is its own page's. */
export const sessionToken = (): string => cookieOf("JSESSIONID").replaceAll('"', "");

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
