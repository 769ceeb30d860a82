/** Reddit: comments on posts and answers to comments, in the newer design and the older one. */

import type { Composed } from "../contract/types.ts";
import { waitFor } from "../page/dom.ts";
import { canonicalText, textSha256 } from "../page/editor.ts";
import { failed, mismatch, otherText } from "../page/findings.ts";
import { admit } from "../page/session.ts";
import type { Adapter, Errand, Finding, Page } from "./adapter.ts";
import { outcomeOf } from "./reddit/answer.ts";
import { Composer } from "./reddit/composer.ts";
import { confirm, look } from "./reddit/live.ts";
import { readMember, sessionToken } from "./reddit/session.ts";
import { controls, site, wait } from "./reddit/site.ts";
import { reachTarget, targetOf } from "./reddit/target.ts";

export const adapter: Adapter = {
  site,
  member: readMember,
  publish,
  confirm,
  look,
};

async function publish(page: Page, { job, base }: Errand & { kind: "publish" }): Promise<Finding> {
  await page.step("check_login");
  const answered = await readMember(page, base);
  if (answered.kind === "suspended") {
    return failed("account_restricted", "Reddit has suspended the account.");
  }
  const session = await admit(page, job, site, answered, "u/");
  if (session.kind === "failed") return session;

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
    return otherText("composer", wanted, held);
  }
  if ((await waitFor(() => composer.readyButton(), wait(page, "enabled"))) === null) {
    if (composer.button() === null) throw controls.missing("postButton");
    return mismatch("The button stayed disabled: the editor did not take the text.");
  }

  await page.press(composed, () => {
    controls.dismiss();
    const isUnchanged =
      composer.text === held &&
      composer.target === composed.target &&
      sessionToken() === session.token;
    return isUnchanged ? composer.readyButton() : null;
  });
  return outcomeOf(page, { base, handle: session.handle, target });
}
