/** Instagram: pictures, carousels and videos with a caption, through the dialog for new posts. */

import type { Composed } from "../contract/types.ts";
import { bare, isSameHandle } from "../page/addresses.ts";
import { waitFor } from "../page/dom.ts";
import { canonicalText, textSha256 } from "../page/editor.ts";
import type { Adapter, Errand, Finding, Page } from "./adapter.ts";
import { outcomeOfPress } from "./instagram/answer.ts";
import { attachMedia, holds, openDialog, readyButton, writeCaption } from "./instagram/composer.ts";
import { confirm, look } from "./instagram/live.ts";
import { loggedInId, readSession } from "./instagram/session.ts";
import { controls, locators, platform, wait } from "./instagram/site.ts";

export const adapter: Adapter = { platform, locators, publish, confirm, look };

async function publish(page: Page, { job, base }: Errand & { kind: "publish" }): Promise<Finding> {
  await page.step("check_login");
  const session = await readSession(page, base);
  if (session.kind === "out") {
    const error = "Nobody is logged in to Instagram.";
    return { kind: "failed", errorCode: "not_logged_in", error };
  }
  if (session.kind === "challenge") {
    const error = "Instagram wants to see a person.";
    return { kind: "failed", errorCode: "challenge_required", error };
  }

  await page.step("check_account", session.handle);
  if (job.account != null && !isSameHandle(job.account, session.handle)) {
    return {
      kind: "failed",
      errorCode: "wrong_account",
      error: `Logged in is @${session.handle}, the job is for @${bare(job.account)}.`,
      details: { loggedIn: session.handle, wanted: bare(job.account) },
    };
  }

  await page.step("clean_start");
  const input = await openDialog(page);

  await page.step("attach_media");
  const taken = await attachMedia(page, input);

  await page.step("insert_text");
  const wanted = canonicalText(job.text);
  const editor = await writeCaption(page, wanted);

  await page.step("read_back");
  const held = holds(editor);
  const composed: Composed = {
    account: session.handle,
    textSha256: await textSha256(held),
    mediaCount: taken,
    target: "feed",
  };
  if (composed.textSha256 !== job.textSha256) {
    const lengths = { wantedCharacters: wanted.length, heldCharacters: held.length };
    return mismatch("The caption holds another text than the job's.", lengths);
  }
  const { length } = job.media ?? [];
  if (taken !== length) {
    return mismatch("The dialog holds another number of files than the job has.", {
      wanted: length,
      held: taken,
    });
  }
  if ((await waitFor(readyButton, wait(page, "enabled"))) === null) {
    if (controls.find("postButton") === null) throw controls.missing("postButton");
    return mismatch("The share button stayed disabled.", {});
  }

  await page.press(composed, () => {
    const isUnchanged =
      editor.isConnected && holds(editor) === held && loggedInId() === session.userId;
    return isUnchanged ? readyButton() : null;
  });
  return outcomeOfPress(page, base, session.handle);
}

function mismatch(error: string, details: Record<string, unknown>): Finding {
  return { kind: "failed", errorCode: "composer_mismatch", error, details };
}
