/** The names by which programs find their way on the page, bent as the switches say. */

import { shell, type Switches } from "../kit/shell.ts";

interface XSwitches extends Switches {
  readonly renamed_testids?: true | readonly string[];
}

const switches: XSwitches = shell.switches;

interface Landmark {
  "data-testid"?: string;
  role?: string;
  "aria-label"?: string;
}

/** Controls that the new layout does not name any more; their roles stay. */
const UNNAMED_IN_NEW: ReadonlySet<string> = new Set(["toast", "tweet", "tweetText"]);

/** The name of a control for its `data-testid`. */
export function testId(name: string): string | undefined {
  const { renamed_testids: renamed, no_landmarks: none } = switches;
  if (none || (shell.layout === "new" && UNNAMED_IN_NEW.has(name))) return undefined;
  return renamed === true || renamed?.includes(name) ? `renamed-${name}` : name;
}

/** All that marks one control. */
export function landmark(name: string, role?: string, label?: string): Landmark {
  const id = testId(name);
  if (switches.no_landmarks) return {};
  return {
    ...(id && { "data-testid": id }),
    ...(role && { role }),
    ...(label && { "aria-label": label }),
  };
}
