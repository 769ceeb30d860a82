/** X: posts with pictures and videos, and the parts of threads, through the composer at /compose/post. */

import type { Composed } from "../contract/types.ts";
import { waitFor } from "../page/dom.ts";
import { canonicalText, readDraft, textSha256 } from "../page/editor.ts";
import { dirty, mismatch, otherText } from "../page/findings.ts";
import { admit } from "../page/session.ts";
import type { Adapter, Errand, Finding, Page } from "./adapter.ts";
import { outcomeOf } from "./x/answer.ts";
import { cleanEditor, composedTarget, insertText, readyButton } from "./x/composer.ts";
import { confirm, look } from "./x/live.ts";
import { attachedCount, attachMedia } from "./x/media.ts";
import { loggedInHandle, readMember } from "./x/session.ts";
import { controls, site, wait } from "./x/site.ts";

export const adapter: Adapter = {
  site,
  member: readMember,
  publish,
  confirm,
  look,
};

async function publish(page: Page, { job, base }: Errand & { kind: "publish" }): Promise<Finding> {
  await page.step("check_login");
  const session = await admit(page, job, site, await readMember(page, base));
  if (session.kind === "failed") return session;

  await page.step("clean_start");
  const found = await cleanEditor(page);
  if (found === null) return dirty("The composer was not empty and could not be cleared.");
  if (attachedCount() > 0) return dirty("The composer holds media of an earlier draft.");

  const media = job.media ?? [];
  if (media.length > 0) {
    await page.step("attach_media");
    await attachMedia(page, media);
  }

  await page.step("insert_text");
  // Attaching draws the composer anew, and wipes what was typed before.
  const editor = media.length > 0 ? await cleanEditor(page) : found;
  if (editor === null) return mismatch("The composer was not empty and could not be cleared.");
  const wanted = canonicalText(job.text);
  await insertText(page, editor, wanted);

  await page.step("read_back");
  const held = canonicalText(readDraft(editor));
  const composed: Composed = {
    account: session.handle,
    textSha256: await textSha256(held),
    mediaCount: attachedCount(),
    target: composedTarget(),
  };
  if (composed.textSha256 !== job.textSha256) {
    return otherText("composer", wanted, held);
  }
  if (composed.mediaCount !== media.length) {
    const counts = { wanted: media.length, held: composed.mediaCount };
    return mismatch("The composer holds another number of files than the job has.", counts);
  }
  if ((await waitFor(readyButton, wait(page, "enabled"))) === null) {
    if (controls.find("postButton") === null) throw controls.missing("postButton");
    return mismatch("The post button stayed disabled: the editor did not take the text.");
  }

  await page.press(composed, () => {
    controls.dismiss();
    const isUnchanged =
      editor.isConnected &&
      canonicalText(readDraft(editor)) === held &&
      attachedCount() === composed.mediaCount &&
      composedTarget() === composed.target &&
      loggedInHandle(base) === session.handle;
    return isUnchanged ? readyButton() : null;
  });
  return outcomeOf(page, base, session.handle, composed.target ?? "feed");
}
