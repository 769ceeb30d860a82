/** Attributes by which programs find their way; the old design has fewer of them. */

import { shell, type Switches } from "../kit/shell.ts";

export interface TikTokSwitches extends Switches {
  readonly asks_to_continue?: true;
  readonly offers_checks?: true;
  readonly gives_a_tour?: true;
  readonly other_audience?: true;
}

export const switches: TikTokSwitches = shell.switches;

const isNew = shell.layout === "new";

/** What the new design names its parts with. */
export const e2e = (name: string): { "data-e2e"?: string } =>
  isNew && !switches.no_landmarks ? { "data-e2e": name } : {};

/** What both designs name the parts of their lists and videos with. */
export const named = (attribute: "data-tt" | "data-e2e", name: string): Record<string, string> =>
  switches.no_landmarks ? {} : { [attribute]: name };
