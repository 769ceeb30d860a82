/** Roles, labels and words by which programs find their way, unless the page is to have none. */

import { mark, shell } from "./shell.ts";

export const role = (name: string): string => mark(name) ?? "none";

export const label = (words: string): { "aria-label"?: string } =>
  shell.switches.no_landmarks ? {} : { "aria-label": words };

/** A word on a control, unless it is to have no name. */
export const written = (words: string): string => (shell.switches.no_landmarks ? "▸" : words);
