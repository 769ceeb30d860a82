/** TikTok: one video with its caption, through the upload page of TikTok Studio. */

import type { Composed } from "../contract/types.ts";
import { isSameHandle } from "../page/addresses.ts";
import { waitFor } from "../page/dom.ts";
import { canonicalText, textSha256 } from "../page/editor.ts";
import { mismatch, otherText, wrongAccount } from "../page/findings.ts";
import { admit } from "../page/session.ts";
import type { Adapter, Errand, Finding, Page } from "./adapter.ts";
import { outcomeOf } from "./tiktok/answer.ts";
import {
  closeDialogs,
  holds,
  otherAudience,
  postButton,
  readyButton,
  writeCaption,
} from "./tiktok/composer.ts";
import { confirm, look } from "./tiktok/live.ts";
import { askIdentity, readMember } from "./tiktok/session.ts";
import { controls, site, wait } from "./tiktok/site.ts";
import { attachVideo, hasVideo } from "./tiktok/upload.ts";

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
  const input = await waitFor(
    () => {
      closeDialogs();
      return controls.first("fileInput");
    },
    wait(page, "composer"),
  );
  if (!(input instanceof HTMLInputElement)) throw controls.missing("fileInput");

  await page.step("attach_media");
  await attachVideo(page, input);
  const audience = otherAudience(job.options?.["visibility"]);
  if (audience !== null) {
    return mismatch(`TikTok would show the video to others than wanted: ${audience}.`);
  }

  await page.step("insert_text");
  const wanted = canonicalText(job.text);
  const editor = await writeCaption(page, wanted);

  await page.step("read_back");
  // An upload takes its time, and another page may have logged in somebody else meanwhile.
  const account = (await askIdentity(page, base)) ?? session.handle;
  if (!isSameHandle(account, session.handle)) return wrongAccount(account, session.handle, "@");
  const held = holds(editor);
  const composed: Composed = {
    account,
    textSha256: await textSha256(held),
    mediaCount: hasVideo() ? 1 : 0,
    target: "feed",
  };
  if (composed.textSha256 !== job.textSha256) {
    return otherText("caption", wanted, held);
  }
  if ((await waitFor(readyButton, wait(page, "checks"))) === null) {
    if (postButton() === null) throw controls.missing("postButton");
    return mismatch("The post button stayed disabled, or covered.");
  }

  await page.press(composed, () => {
    const isUnchanged = editor.isConnected && holds(editor) === held && hasVideo();
    return isUnchanged ? readyButton() : null;
  });
  return outcomeOf(page, session.handle);
}
