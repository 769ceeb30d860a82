/** Looks which locators find something on this page and who is logged in. Presses nothing, closes nothing. */

import type { CheckReport, LocatorCheck } from "../contract/types.ts";
import type { Adapter, Errand, Finding, Page } from "../platforms/adapter.ts";
import { pathBelow } from "./addresses.ts";
import { ControlMissing, waitFor } from "./dom.ts";
import type { Session } from "./session.ts";
import type { Site } from "./site.ts";

export async function check(
  adapter: Adapter,
  page: Page,
  { base }: Errand & { kind: "check" },
): Promise<Finding> {
  const { site } = adapter;
  await page.step("check_login");
  const session = await sessionOn(adapter, page, base);
  // Somebody who is not logged in is shown none of what a member is.
  if (session.kind === "in") {
    await page.step("check_account", session.handle);
    await waitFor(() => isWhole(site) || null, site.wait(page, "composer"));
  }
  const report: CheckReport = {
    version: site.locators.version,
    signed: site.isSigned(),
    session: session.kind,
    account: session.kind === "in" ? session.handle : null,
    path: pathBelow(base, location.pathname).slice(0, PATH_CHARACTERS),
    locators: Object.keys(site.locators.locators).map((name) => found(site, name)),
  };
  return { kind: "done", details: { check: report } };
}

/** What the contract takes of a path. */
const PATH_CHARACTERS = 300;

async function sessionOn(
  adapter: Adapter,
  page: Page,
  base: string,
): Promise<Session | { kind: "unknown" }> {
  try {
    return await adapter.member(page, base);
  } catch (error) {
    if (error instanceof ControlMissing) return { kind: "unknown" };
    throw error;
  }
}

const isWhole = ({ locators, controls }: Site): boolean =>
  (locators.expected ?? []).every((name) => controls.matching(name) >= 0);

function found({ locators, controls }: Site, name: string): LocatorCheck {
  const place = controls.matching(name);
  const selector = locators.locators[name]?.candidates[place];
  return {
    name,
    expected: locators.expected?.includes(name) ?? false,
    ...(selector !== undefined && { candidate: place + 1, selector }),
  };
}
