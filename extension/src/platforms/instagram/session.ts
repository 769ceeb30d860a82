/** Who is logged in to Instagram. */

import { readSession, type Away } from "../../page/session.ts";
import { cookieOf } from "../../page/values.ts";
import type { Page } from "../adapter.ts";
import { askUserName } from "./requests.ts";
import { site } from "./site.ts";

export type Member = { kind: "in"; handle: string; userId: string };

export function readMember(page: Page, base: string): Promise<Member | Away> {
  const userId = loggedInId();
  let handle: string | null = null;
  const asked = askUserName(base, userId, page.signal).then((name) => (handle = name));
  const member = (): Member | null => (handle === null ? null : { kind: "in", handle, userId });
  return readSession(page, base, site, "createIcon", member, asked);
}

/** The number of the account that is logged in by now; empty for nobody. */
export const loggedInId = (): string => cookieOf("ds_user_id");
