/** Who is logged in, and whether Facebook lets the account do anything. */

import { bare } from "../../page/addresses.ts";
import { waitFor } from "../../page/dom.ts";
import { failed } from "../../page/findings.ts";
import { away } from "../../page/session.ts";
import type { Errand, Finding, Page } from "../adapter.ts";
import { currentUser } from "./page-data.ts";
import { controls, site, wait } from "./site.ts";

const NOBODY = "0";

/** The account's number where it may act for the job; a finding where it may not. */
export async function enter(page: Page, errand: Errand): Promise<{ account: string } | Finding> {
  const { base, job } = errand;
  await page.step("check_login");
  const session = await waitFor(() => readSession(base), wait(page, "session"));
  if (session === null) throw controls.missing("main");
  if (session === "out") return failed("not_logged_in", "Nobody is logged in to Facebook.");
  if (session === "challenge") {
    return failed("challenge_required", "Facebook wants to see a person.");
  }
  await page.step("check_account", session.account);
  const wanted = job.account == null ? session.account : bare(job.account);
  if (wanted !== session.account) {
    return failed(
      "wrong_account",
      `Logged in is ${session.account} (${session.name}), the job is for ${wanted}. Facebook's accounts are named by their number.`,
      { loggedIn: session.account, wanted },
    );
  }
  if (controls.find("blocked") !== null) {
    return failed("account_restricted", "Facebook says that the account is blocked for a time.");
  }
  return { account: session.account };
}

/** The number of whoever acts on this page now: a person, or one of its pages. */
export function actingAccount(): string | null {
  const user = currentUser();
  return user === null || user.id === NOBODY ? null : user.id;
}

type Session = { account: string; name: string } | "out" | "challenge";

function readSession(base: string): Session | null {
  const gone = away(base, site);
  if (gone !== null) return gone.kind;
  const user = currentUser();
  if (user === null || controls.find("main") === null) return null;
  return user.id === NOBODY ? "out" : { account: user.id, name: user.name };
}
