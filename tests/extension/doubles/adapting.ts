/** What an adapter works with in a test: a job, a page that gives leave, and time that passes while it waits. */

import { afterEach, beforeEach, vi } from "vitest";
import type { LeasedJob, LeasedMedia } from "../../../extension/src/contract/types.ts";
import { textSha256 } from "../../../extension/src/page/editor.ts";
import { ReceivedAnswers, type Answer } from "../../../extension/src/page/network.ts";
import type { Adapter, Finding, Page } from "../../../extension/src/platforms/adapter.ts";
import { installPage } from "./page.ts";

export const PICTURES: LeasedMedia[] = ["sea.png", "sky.png"].map((fileName, index) => ({
  ...{ id: `media-00000${index}`, fileName, contentType: "image/png", size: 1 },
}));

export const filesOf = (media: LeasedMedia[]): File[] =>
  media.map(({ fileName }) => new File(["x"], fileName));

/** Makes jobs of a platform that are all as `usual` but for what a test says. */
export const jobsLike =
  (usual: Partial<LeasedJob> & Pick<LeasedJob, "platform" | "text" | "account">) =>
  (over: Partial<LeasedJob> = {}): LeasedJob => ({
    id: "job-00000001",
    kind: "post",
    textSha256: "",
    sandbox: true,
    ...usual,
    ...over,
  });

/** A page that gives leave at once and tells how it was used. */
export class FakePage implements Page {
  readonly signal = new AbortController().signal;
  readonly answers = new ReceivedAnswers();
  readonly steps: string[] = [];
  presses = 0;
  composed: unknown = null;
  given: File[] = [];
  /** What happens on the page while leave is asked. */
  meanwhile = (): void => undefined;
  /** What the press leads to. */
  onPress: () => void;

  constructor(answer: Answer) {
    this.onPress = () => this.answers.add(answer);
  }

  step(step: string): Promise<void> {
    this.steps.push(step);
    return Promise.resolve();
  }

  files(): Promise<File[]> {
    return Promise.resolve(this.given);
  }

  press(composed: unknown, button: () => HTMLElement | null): Promise<void> {
    this.composed = composed;
    this.meanwhile();
    if (button() === null) return Promise.reject(new Error("changed"));
    this.presses += 1;
    this.onPress();
    return Promise.resolve();
  }
}

/** Gives each test of a file what jsdom lacks, and a clock that `inTime` moves. */
export function setUpPages(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    installPage();
  });
  afterEach(() => vi.useRealTimers());
}

/** What comes of an errand whose waits are over before anything happens. */
export async function inTime<T>(errand: Promise<T>): Promise<T> {
  let isOver = false;
  const end = (): boolean => (isOver = true);
  void errand.then(end, end);
  while (!isOver) {
    await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(1000);
  }
  return errand;
}

/** What comes of publishing a job under the hash of its text. */
export const publishInTime = async (
  adapter: Adapter,
  page: Page,
  base: string,
  job: LeasedJob,
): Promise<Finding> =>
  inTime(
    adapter.publish(page, {
      kind: "publish",
      base,
      job: { ...job, textSha256: await textSha256(job.text) },
    }),
  );
