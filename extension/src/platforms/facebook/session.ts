/** Who is logged in, and whether Facebook lets the account do anything. */

import { bare } from "../../page/addresses.ts";
import { failed } from "../../page/findings.ts";
import { readSession, type Away } from "../../page/session.ts";
import type { Errand, Finding, Page } from "../adapter.ts";
import { currentUser } from "./page-data.ts";
import { controls, site } from "./site.ts";

const NOBODY = "0";

/** The account's number where it may act for the job; a finding where it may not. */
export async function enter(page: Page, errand: Errand): Promise<{ account: string } | Finding> {
  const { base, job } = errand;
  await page.step("check_login");
  const session = await readMember(page, base);
  if (session.kind === "out") return failed("not_logged_in", "Nobody is logged in to Facebook.");
  if (session.kind === "challenge") {
    return failed("challenge_required", "Facebook wants to see a person.");
  }
  const { handle, name } = session;
  await page.step("check_account", handle);
  const wanted = job.account == null ? handle : bare(job.account);
  if (wanted !== handle) {
    return failed(
      "wrong_account",
      `Logged in is ${handle} (${name}), the job is for ${wanted}. Facebook's accounts are named by their number.`,
      { loggedIn: handle, wanted },
    );
  }
  if (controls.find("blocked") !== null) {
    return failed("account_restricted", "Facebook says that the account is blocked for a time.");
  }
  return { account: handle };
}

/** The number of whoever acts on this page now: a person, or one of its pages. */
export function actingAccount(): string | null {
  const user = currentUser();
  return user === null || user.id === NOBODY ? null : user.id;
}

/** Who is there, by its number. */
type Member = { kind: "in"; handle: string; name: string };

export function readMember(page: Page, base: string): Promise<Member | Away> {
  const member = (): Member | Away | null => {
    const user = currentUser();
    if (user === null || controls.find("main") === null) return null;
    return user.id === NOBODY ? { kind: "out" } : { kind: "in", handle: user.id, name: user.name };
  };
  return readSession(page, base, site, "main", member);
}
