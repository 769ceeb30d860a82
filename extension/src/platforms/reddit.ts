/** Reddit: comments on posts and answers to comments, in the newer design and the older one. */

import type { Composed } from "../contract/types.ts";
import { bare, isSameHandle } from "../page/addresses.ts";
import { waitFor } from "../page/dom.ts";
import { canonicalText, textSha256 } from "../page/editor.ts";
import type { Adapter, Errand, Finding, Page } from "./adapter.ts";
import { outcomeOfPress } from "./reddit/answer.ts";
import { Composer } from "./reddit/composer.ts";
import { confirm, look } from "./reddit/live.ts";
import { readSession, sessionToken } from "./reddit/session.ts";
import { controls, failed, locators, platform, wait } from "./reddit/site.ts";
import { reachTarget, targetOf } from "./reddit/target.ts";

export const adapter: Adapter = { platform, locators, publish, confirm, look };

async function publish(page: Page, { job, base }: Errand & { kind: "publish" }): Promise<Finding> {
  await page.step("check_login");
  const session = await readSession(page, base);
  switch (session.kind) {
    case "out":
      return failed("not_logged_in", "Nobody is logged in to Reddit.");
    case "challenge":
      return failed("challenge_required", "Reddit wants to see a person.");
    case "suspended":
      return failed("account_restricted", "Reddit has suspended the account.");
    case "in":
      break;
    default:
      return session satisfies never;
  }

  await page.step("check_account", session.handle);
  if (job.account != null && !isSameHandle(job.account, session.handle)) {
    const error = `Logged in is u/${session.handle}, the job is for u/${bare(job.account)}.`;
    const details = { loggedIn: session.handle, wanted: bare(job.account) };
    return failed("wrong_account", error, details);
  }

  await page.step("clean_start");
  const target = targetOf(job);
  if (target === null) return failed("unknown_error", "The job does not say what to answer.");
  const reached = await reachTarget(page, target);
  if ("kind" in reached) return reached;
  const composer = await Composer.open(page, reached.element);
  if (!(await composer.clear(page))) {
    return failed("composer_dirty", "The composer was not empty and could not be cleared.");
  }

  await page.step("insert_text");
  const wanted = canonicalText(job.text);
  await composer.write(page, wanted);

  await page.step("read_back");
  const held = composer.text;
  const composed: Composed = {
    account: session.handle,
    textSha256: await textSha256(held),
    mediaCount: 0,
    target: composer.target ?? "",
  };
  if (composed.textSha256 !== job.textSha256) {
    const lengths = { wantedCharacters: wanted.length, heldCharacters: held.length };
    return mismatch("The composer holds another text than the job's.", lengths);
  }
  if ((await waitFor(() => composer.readyButton(), wait(page, "enabled"))) === null) {
    if (composer.button() === null) throw controls.missing("postButton");
    return mismatch("The button stayed disabled: the editor did not take the text.", {});
  }

  await page.press(composed, () => {
    controls.dismiss();
    const isUnchanged =
      composer.text === held &&
      composer.target === composed.target &&
      sessionToken() === session.token;
    return isUnchanged ? composer.readyButton() : null;
  });
  return outcomeOfPress(page, { base, handle: session.handle, target });
}

const mismatch = (error: string, details: Record<string, unknown>): Finding =>
  failed("composer_mismatch", error, details);
