/** The account's place in a group: read from data or from the group's button, and asked for by one press. */

import { waitFor } from "../../page/dom.ts";
import { textSha256 } from "../../page/editor.ts";
import { failed } from "../../page/findings.ts";
import type { Errand, Finding, Page } from "../adapter.ts";
import { readJoinState } from "./answer.ts";
import { groupNumber, groups, type GroupData } from "./page-data.ts";
import { actingAccount, enter } from "./session.ts";
import { controls, groupOf, path, wait } from "./site.ts";

export type ButtonState = "joined" | "requested" | "not_member";

export interface Membership {
  state: ButtonState;
  /** What the page's data says of the group, where it says anything. */
  data: GroupData | null;
}

/** What the words of the page's data mean. */
export const STATES: Readonly<Partial<Record<string, ButtonState>>> = {
  MEMBER: "joined",
  ADMIN: "joined",
  MODERATOR: "joined",
  OWNER: "joined",
  REQUESTED: "requested",
  CAN_JOIN: "not_member",
  CAN_REQUEST: "not_member",
  NOT_MEMBER: "not_member",
  CANNOT_JOIN_OR_REQUEST: "not_member",
};
const CLOSED = "CANNOT_JOIN_OR_REQUEST";
const IS_NUMBER = /^\d+$/;

/** Whether this is the page of the job's group; it may be named by number here and by name there. */
export function isGroupPage(base: string, groupId: string): boolean {
  const [, ofPath] = /^\/groups\/([^/]+)/.exec(path(base)) ?? [];
  return ofPath === groupId || (IS_NUMBER.test(groupId) && groupNumber() === groupId);
}

/** The group's number where the page tells it: addresses of posts have one spelling. */
export const groupAddress = (base: string, groupId: string): string =>
  `${base}/groups/${IS_NUMBER.test(groupId) ? groupId : (groupNumber() ?? groupId)}`;

/** Null while the page does not say; never a guess, since a guess would press the button of a member. */
export function membership(groupId: string): Membership | null {
  const number = IS_NUMBER.test(groupId) ? groupId : groupNumber();
  const data = groups().find(({ id }) => id === number) ?? null;
  const state = (data && STATES[data.joinState]) ?? buttonState();
  return state === null ? null : { state, data };
}

export async function status(page: Page, errand: Errand & { kind: "status" }): Promise<Finding> {
  const entered = await enter(page, errand);
  if ("kind" in entered) return entered;
  await page.step("confirm");
  const found = await reachGroup(page, errand);
  return "kind" in found ? found : { kind: "done", details: detailsOf(found) };
}

export async function join(page: Page, errand: Errand & { kind: "join" }): Promise<Finding> {
  const entered = await enter(page, errand);
  if ("kind" in entered) return entered;
  await page.step("baseline");
  const found = await reachGroup(page, errand);
  if ("kind" in found) return found;
  const details = detailsOf(found);
  if (found.state !== "not_member") return { kind: "done", details };
  if (found.data?.joinState === CLOSED) {
    return failed("not_joined", "This group lets nobody in.", details);
  }
  if (found.data?.hasQuestions) {
    return failed("not_joined", "The group asks questions that a person must answer.", details);
  }
  const { account } = entered;
  if (controls.find("joinButton") === null) throw controls.missing("joinButton");
  const composed = {
    account,
    textSha256: await textSha256(""),
    mediaCount: 0,
    target: groupOf(errand.job) ?? "",
  };
  await page.press(composed, () => {
    controls.dismiss();
    const isUnchanged = actingAccount() === account && buttonState() === "not_member";
    return isUnchanged ? controls.find("joinButton") : null;
  });
  return afterPress(page);
}

/** What the press led to; the worker reads the group again on a fresh page before it believes it. */
async function afterPress(page: Page): Promise<Finding> {
  const details = await waitFor<Record<string, unknown>>(
    () => {
      const answer = page.answers.latest();
      const told = answer === null ? null : readJoinState(answer);
      if (told !== null) return { buttonState: STATES[told] ?? "not_member" };
      const state = buttonState();
      if (state === "joined" || state === "requested") return { buttonState: state };
      return controls.find("joinDialog") === null
        ? null
        : { buttonState: "not_member", questions: true };
    },
    wait(page, "answer"),
    (listener, signal) => page.answers.subscribe(listener, signal),
  );
  if (details === null) return { kind: "doubtful", error: "Facebook did not answer the press." };
  if (details["questions"] === true) await leaveDialog(page);
  return { kind: "done", details };
}

/** Answering is a person's decision: the dialog is left by its own way out. */
async function leaveDialog(page: Page): Promise<void> {
  for (let ways = 0; ways < 2 && controls.find("leaveDialog") !== null; ways++) {
    const way = controls.find("leaveDialog");
    controls.use("leaveDialog", way);
    await waitFor(() => (way?.isConnected ? null : true), wait(page, "enabled"));
  }
}

async function reachGroup(page: Page, { base, job }: Errand): Promise<Membership | Finding> {
  const groupId = groupOf(job);
  if (groupId === null) return failed("unknown_error", "The job names no group.");
  const found = await waitFor<Membership | "missing">(
    () => {
      controls.dismiss();
      if (controls.find("missing") !== null) return "missing";
      return isGroupPage(base, groupId) ? membership(groupId) : null;
    },
    wait(page, "composer"),
  );
  if (found === "missing") {
    return failed("group_not_approved", "There is no such group, or the account may not see it.");
  }
  if (found === null) throw controls.missing("joinButton");
  return found;
}

function detailsOf({ state, data }: Membership): Record<string, unknown> {
  return {
    buttonState: state,
    ...(state === "not_member" && data?.joinState === CLOSED && { joinable: false }),
    ...(state === "not_member" && data?.hasQuestions && { questions: true }),
  };
}

function buttonState(): ButtonState | null {
  if (controls.find("requestedButton") !== null) return "requested";
  if (controls.find("joinButton") !== null) return "not_member";
  return controls.find("joinedButton") === null ? null : "joined";
}
