/** Who is logged in, and whether it is who the job is for: the first two steps of an adapter. */

import type { LeasedJob } from "../contract/types.ts";
import type { Page } from "../platforms/adapter.ts";
import { isOneOf, isSameHandle, pathBelow } from "./addresses.ts";
import { waitFor } from "./dom.ts";
import { failed, wrongAccount, type Failed } from "./findings.ts";
import type { Site } from "./site.ts";

/** Nobody is logged in, or the platform wants to see a person. */
export type Away = { kind: "out" } | { kind: "challenge" };

/** What a page says of who is there. */
export type Session = { kind: "in"; handle: string } | Away | { kind: "suspended" };

/** What the page's address or its content says of nobody being there; null when neither says so. */
function away(base: string, { locators, controls }: Site): Away | null {
  const path = pathBelow(base, location.pathname);
  if (isOneOf(locators.challengePaths, path) || controls.find("challenge") !== null) {
    return { kind: "challenge" };
  }
  if (isOneOf(locators.loggedOutPaths, path) || controls.find("loginForm") !== null) {
    return { kind: "out" };
  }
  return null;
}

/**
 * Waits until the page says who is there. `member` says who, or null for not yet; it is asked again when
 * the request `asked` has ended. `sign` names the control that a page of a member has.
 */
export async function readSession<Member>(
  page: Page,
  base: string,
  site: Site,
  sign: string,
  member: () => Member | null,
  asked?: Promise<unknown>,
): Promise<Member | Away> {
  const session = await waitFor<Member | Away>(
    () => away(base, site) ?? member(),
    site.wait(page, "session"),
    (listener) => void asked?.then(listener),
  );
  if (session === null) throw site.controls.missing(sign);
  return session;
}

/** The member, when there is one and it is the job's account; `mark` stands before handles. */
export async function admit<Member extends { kind: "in"; handle: string }>(
  page: Page,
  job: LeasedJob,
  { platform }: Site,
  session: Member | Away,
  mark = "@",
): Promise<Member | Failed> {
  if (session.kind === "out") {
    return failed("not_logged_in", `Nobody is logged in to ${platform.name}.`);
  }
  if (session.kind === "challenge") {
    return failed("challenge_required", `${platform.name} wants to see a person.`);
  }
  await page.step("check_account", session.handle);
  return job.account != null && !isSameHandle(job.account, session.handle)
    ? wrongAccount(session.handle, job.account, mark)
    : session;
}
