/** Files on the way of older browsers, whose messages carry none: the extension's own frame in the page fetches them. */

import type { FrameTask, FromFrame, Handlers } from "../messages.ts";

/** The one file that a frame may take, and the word by which it is known; a dead worker forgets it, and the job is tried again. */
let expected: { word: string; tabId: number; task: FrameTask } | null = null;

/** Answers the word that the page's script hands to the frame. */
export function expectFrame(tabId: number, task: FrameTask): string {
  const word = crypto.randomUUID();
  expected = { word, tabId, task };
  return word;
}

/** Only our own frame, in the tab of the lease, with the word, and once: a page may put the frame in as well. */
export const frameHandlers: Handlers<FromFrame, { tabId: number }> = {
  frameFile({ word }, { tabId }) {
    const isExpected = expected?.word === word && expected.tabId === tabId;
    const task = isExpected ? (expected?.task ?? null) : null;
    if (isExpected) expected = null;
    return Promise.resolve(task);
  },
};
