/** What came of a press: waited for alike on all platforms, read by each in its own way. */

import type { Finding, Page } from "../platforms/adapter.ts";
import { waitFor } from "./dom.ts";
import type { Answer } from "./network.ts";
import type { Site } from "./site.ts";

/** A link in the toast without a network answer is believed after this time: the answer says more. */
const TOAST_GRACE_SECONDS = 3;

/** What `read` makes of the platform's answer, null as long as there is none; silence is doubt. */
export async function outcomeOfPress(
  page: Page,
  { platform, wait }: Site,
  read: (answer: Answer | null) => Finding | null,
): Promise<Finding> {
  const finding = await waitFor<Finding>(
    () => read(page.answers.latest()),
    wait(page, "answer"),
    (listener, signal) => page.answers.subscribe(listener, signal),
  );
  return finding ?? { kind: "doubtful", error: `${platform.name} did not answer the press.` };
}

/** The first thing that `find` has seen, once it was seen long enough ago. */
export function afterGrace<T>(find: () => T | null): () => T | null {
  let found: { value: T; since: number } | null = null;
  return () => {
    const value = found === null ? find() : null;
    if (value !== null) found = { value, since: performance.now() };
    const isDue = found !== null && performance.now() - found.since >= TOAST_GRACE_SECONDS * 1000;
    return isDue ? (found?.value ?? null) : null;
  };
}
