/** The composer of feed and groups: opened, filled, read back, and led to its button. */

import type { LeasedJob } from "../../contract/types.ts";
import { isEnabled, waitFor } from "../../page/dom.ts";
import {
  type PasteForm,
  TAKE_SECONDS,
  canonicalText,
  clearEditor,
  cutText,
  pasteText,
  readParagraphs,
  textSha256,
  writeText,
} from "../../page/editor.ts";
import { failed, mismatch, otherText } from "../../page/findings.ts";
import { attachFiles, untilUploaded } from "../../page/files.ts";
import { outcomeOfPress } from "../../page/outcome.ts";
import type { Errand, Finding, Page } from "../adapter.ts";
import { readAnswer } from "./answer.ts";
import { groupAddress, isGroupPage, membership } from "./groups.ts";
import { actingAccount, enter } from "./session.ts";
import { controls, groupOf, site, wait } from "./site.ts";

/** Accounts see one or two pages of settings between the text and the button. */
const PAGES_MAX = 3;
const AUDIENCES = {
  public: "audiencePublic",
  friends: "audienceFriends",
  only_me: "audienceOnlyMe",
} as const;

type Publish = Errand & { kind: "publish" };

export async function publish(page: Page, errand: Publish): Promise<Finding> {
  const entered = await enter(page, errand);
  if ("kind" in entered) return entered;
  const { account } = entered;
  const { base, job } = errand;
  const groupId = groupOf(job);

  await page.step("clean_start");
  const reached = await reachComposer(page, errand);
  if (reached !== null) return reached;
  const mayAwaitApproval =
    groupId !== null && membership(groupId)?.data?.canPostWithoutApproval !== true;
  const editor = await openComposer(page, groupId);
  if (editor === null)
    return failed("composer_dirty", "The composer was not empty and could not be cleared.");

  const mediaCount = await attachMedia(page, job);
  if (mediaCount !== (job.media?.length ?? 0)) {
    const counts = { wantedFiles: job.media?.length ?? 0, heldFiles: mediaCount };
    return mismatch("The composer shows another number of files than the job's.", counts);
  }
  const audience = groupId === null ? wrongAudience(job) : null;
  if (audience !== null) return audience;

  await page.step("insert_text");
  const wanted = canonicalText(job.text);
  await insertText(page, editor, wanted);

  await page.step("read_back");
  const held = canonicalText(readParagraphs(editor));
  const sha256 = await textSha256(held);
  if (sha256 !== job.textSha256) {
    return otherText("composer", wanted, held);
  }
  if (!(await reachButton(page))) {
    return mismatch("The post button stayed disabled: the editor did not take the text.");
  }

  const composed = { account, textSha256: sha256, mediaCount, target: groupId ?? "feed" };
  await page.press(composed, () => {
    const isUnchanged =
      actingAccount() === account &&
      (!editor.isConnected || canonicalText(readParagraphs(editor)) === held) &&
      (groupId === null || isGroupPage(base, groupId));
    return isUnchanged ? readyButton() : null;
  });
  const group = groupId === null ? null : groupAddress(base, groupId);
  const target = { base, account, group, mayAwaitApproval };
  return outcomeOfPress(page, site, (answer) =>
    answer === null ? null : readAnswer(answer, target),
  );
}

/** Null when the way to the composer is there; else why the account cannot post here. */
async function reachComposer(page: Page, { base, job }: Publish): Promise<Finding | null> {
  const groupId = groupOf(job);
  const opener = openerOf(groupId);
  const reached = await waitFor<Finding | "open">(
    () => {
      controls.dismiss();
      if (controls.find("missing") !== null)
        return closed("There is no such group, or the account may not see it.");
      if (groupId !== null && !isGroupPage(base, groupId)) return null;
      const state = groupId === null ? null : membership(groupId)?.state;
      if (state === "not_member" || state === "requested") {
        return closed("The account is not in this group.", { buttonState: state });
      }
      if (controls.find("adminsOnly") !== null) return closed("Only admins can post here.");
      if (controls.find("composer") !== null || controls.find(opener) !== null) return "open";
      return controls.find("sellingOnly") === null
        ? null
        : closed("This group takes offers for sale only.");
    },
    wait(page, "composer"),
  );
  if (reached === null) throw controls.missing(opener);
  return reached === "open" ? null : reached;
}

/** The empty editor, or null when something of an earlier draft would not go. */
async function openComposer(page: Page, groupId: string | null): Promise<HTMLElement | null> {
  if (controls.find("textBox") === null) controls.use(openerOf(groupId));
  const editor = await waitFor(
    () => {
      controls.dismiss();
      return controls.find("textBox");
    },
    wait(page, "composer"),
  );
  if (editor === null) throw controls.missing("textBox");
  const isEmpty = (): true | null => readParagraphs(editor) === "" || null;
  for (const empty of [clearEditor, cutText]) {
    if (isEmpty()) return editor;
    empty(editor);
    await waitFor(isEmpty, { seconds: TAKE_SECONDS, signal: page.signal });
  }
  return isEmpty() && editor;
}

/** How many files the composer shows in the end. */
async function attachMedia(page: Page, job: LeasedJob): Promise<number> {
  const shown = (): number => controls.all("attachment").length;
  const wanted = job.media?.length ?? 0;
  if (wanted === 0) return shown();
  await page.step("attach_media");
  const files = await page.files();
  if (controls.first("fileInput") === null) controls.use("photoButton");
  const input = await waitFor(() => controls.first("fileInput"), wait(page, "enabled"));
  if (!(input instanceof HTMLInputElement)) throw controls.missing("fileInput");
  attachFiles(input, files);
  await untilUploaded(
    () => {
      const uploading = controls.all("uploading");
      return {
        isReady: shown() >= wanted && uploading.length === 0,
        progress: [shown(), ...uploading.map((each) => each.getAttribute("aria-valuenow"))].join(),
        refusal: controls.find("failedUpload")?.textContent ?? null,
      };
    },
    wait(page, "upload"),
  );
  return shown();
}

/** A wish is kept to the letter. Without one, whatever the account has will do, unless nobody would see the post. */
function wrongAudience({ options }: LeasedJob): Finding | null {
  const wish = options?.["audience"];
  if (controls.find("audience") === null && wish === undefined) return null;
  const set = Object.entries(AUDIENCES).find(([, name]) => controls.find(name) !== null)?.[0];
  if (wish === undefined ? set !== "only_me" : wish === set) return null;
  return mismatch("The post would be seen by others than the job wants.", {
    wantedAudience: wish ?? "anybody",
    audience: set ?? "unknown",
  });
}

/** Tries the plain form only where the rich one left another text, and again on an empty editor. */
function insertText(page: Page, editor: HTMLElement, text: string): Promise<void> {
  const paste = (form: PasteForm): void => {
    if (readParagraphs(editor) !== "") clearEditor(editor);
    pasteText(editor, text, form);
  };
  const ways = [() => paste("rich"), () => paste("plain")];
  return writeText(page, ways, () => canonicalText(readParagraphs(editor)) === text);
}

/** Goes on through the pages between text and button. False when the button is there and stays disabled. */
async function reachButton(page: Page): Promise<boolean> {
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const way = await waitFor<"ready" | HTMLElement>(
      () => {
        if (readyButton() !== null) return "ready";
        const next = controls.find("nextButton");
        return next !== null && isEnabled(next) ? next : null;
      },
      wait(page, "enabled"),
    );
    if (way === null || way === "ready") break;
    controls.use("nextButton", way);
    const hasGone = (): true | null => (controls.find("nextButton") === way ? null : true);
    await waitFor(hasGone, wait(page, "enabled"));
  }
  if (readyButton() !== null) return true;
  if (controls.find("postButton") === null) throw controls.missing("postButton");
  return false;
}

/** Dialogs may lie over each other: the button is that of the one that came last. */
function readyButton(): HTMLElement | null {
  const button = controls.all("postButton").at(-1);
  return button !== undefined && isEnabled(button) ? button : null;
}

const openerOf = (groupId: string | null): string =>
  groupId === null ? "feedComposer" : "groupComposer";

const closed = (error: string, details: Record<string, unknown> = {}): Finding =>
  failed("group_not_approved", error, details);
