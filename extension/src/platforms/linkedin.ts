/** LinkedIn: posts with pictures or a video on the member's own profile, through the composer of the feed. */

import type { Composed } from "../contract/types.ts";
import { waitFor } from "../page/dom.ts";
import { canonicalText, textSha256 } from "../page/editor.ts";
import { dirty, mismatch, otherText } from "../page/findings.ts";
import { admit } from "../page/session.ts";
import type { Adapter, Errand, Finding, Page } from "./adapter.ts";
import { outcomeOf } from "./linkedin/answer.ts";
import {
  cleanEditor,
  holds,
  insertText,
  otherAudience,
  postButton,
  readyButton,
} from "./linkedin/composer.ts";
import { confirm, look } from "./linkedin/live.ts";
import { attachMedia, showsMedia } from "./linkedin/media.ts";
import { readMember, sessionToken } from "./linkedin/session.ts";
import { controls, site, wait } from "./linkedin/site.ts";

export const adapter: Adapter = {
  site,
  member: readMember,
  publish,
  confirm,
  look,
};

async function publish(page: Page, { job, base }: Errand & { kind: "publish" }): Promise<Finding> {
  await page.step("check_login");
  const session = await admit(page, job, site, await readMember(page, base), "");
  if (session.kind === "failed") return session;

  await page.step("clean_start");
  const found = await cleanEditor(page);
  if (found === null) return dirty("The composer was not empty and could not be cleared.");
  if (showsMedia()) return dirty("The composer holds media of an earlier draft.");
  const audience = otherAudience(job.options?.["visibility"]);
  if (audience !== null) {
    return mismatch(`LinkedIn would show the post to others than wanted: ${audience}.`);
  }

  const media = job.media ?? [];
  let taken = 0;
  if (media.length > 0) {
    await page.step("attach_media");
    taken = await attachMedia(page);
  }

  await page.step("insert_text");
  // The step of the media may have drawn the composer anew.
  const editor = media.length > 0 ? await cleanEditor(page) : found;
  if (editor === null) return dirty("The composer was not empty and could not be cleared.");
  const wanted = canonicalText(job.text);
  await insertText(page, editor, wanted);

  await page.step("read_back");
  const held = holds(editor);
  const composed: Composed = {
    account: session.handle,
    textSha256: await textSha256(held),
    mediaCount: showsMedia() ? taken : 0,
    target: "feed",
  };
  if (composed.textSha256 !== job.textSha256) {
    return otherText("composer", wanted, held);
  }
  if (composed.mediaCount !== media.length) {
    const counts = { wanted: media.length, held: composed.mediaCount };
    return mismatch("The composer holds another number of files than the job has.", counts);
  }
  if ((await waitFor(readyButton, wait(page, "enabled"))) === null) {
    if (postButton() === null) throw controls.missing("postButton");
    return mismatch("The post button stayed disabled: the editor did not take the text.");
  }

  await page.press(composed, () => {
    controls.dismiss();
    const isUnchanged =
      editor.isConnected &&
      holds(editor) === held &&
      showsMedia() === media.length > 0 &&
      sessionToken() === session.token;
    return isUnchanged ? readyButton() : null;
  });
  return outcomeOf(page, base, session.handle);
}
