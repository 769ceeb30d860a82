/** Attributes by which programs find their way, bent as the switches say. */

import { mark, shell as plainShell, type Shell, type Switches } from "../kit/shell.ts";

interface InstagramShell extends Shell {
  readonly userId: string | null;
  readonly switches: Switches;
}

export const shell = plainShell as InstagramShell;

export const isNew = shell.layout === "new";

export const label = (words: string): { "aria-label"?: string } =>
  shell.switches.no_landmarks ? {} : { "aria-label": words };

export const role = (name: string): string => mark(name) ?? "none";

/** A word on a control, unless it is to have no name. */
export const written = (words: string): string => (shell.switches.no_landmarks ? "▸" : words);
