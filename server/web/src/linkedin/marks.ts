/** Class names and view names by which programs find their way, bent as the switches say. */

import { shell, type Switches } from "../kit/shell.ts";

export interface LinkedInSwitches extends Switches {
  readonly renamed_classes?: true;
  readonly composer_stays_closed?: true;
  readonly old_draft?: true;
  readonly other_audience?: true;
}

export const switches: LinkedInSwitches = shell.switches;

/** The old design has telling class names; the new one's are hashed and change with every build. */
export function className(name: string): string {
  const isTelling = shell.layout === "old" && !switches.renamed_classes && !switches.no_landmarks;
  return isTelling ? `${name} plain-${name}` : `_4f2a plain-${name}`;
}

/** What the new design names its parts with. */
export const viewName = (name: string): { "data-view-name"?: string } =>
  shell.layout === "new" && !switches.no_landmarks ? { "data-view-name": name } : {};
