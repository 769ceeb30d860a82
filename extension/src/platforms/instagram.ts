/** Instagram: pictures, carousels and videos with a caption, through the dialog for new posts. */

import type { Composed } from "../contract/types.ts";
import { waitFor } from "../page/dom.ts";
import { canonicalText, textSha256 } from "../page/editor.ts";
import { mismatch, otherText } from "../page/findings.ts";
import { admit } from "../page/session.ts";
import type { Adapter, Errand, Finding, Page } from "./adapter.ts";
import { outcomeOfPress } from "./instagram/answer.ts";
import { attachMedia, holds, openDialog, readyButton, writeCaption } from "./instagram/composer.ts";
import { confirm, look } from "./instagram/live.ts";
import { loggedInId, readMember } from "./instagram/session.ts";
import { controls, site, wait } from "./instagram/site.ts";

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
    return otherText("caption", wanted, held);
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
    return mismatch("The share button stayed disabled.");
  }

  await page.press(composed, () => {
    const isUnchanged =
      editor.isConnected && holds(editor) === held && loggedInId() === session.userId;
    return isUnchanged ? readyButton() : null;
  });
  return outcomeOfPress(page, base, session.handle);
}
