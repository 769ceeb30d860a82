/** What the server put into the page: who is logged in, where the site lives, which switches are on. */

export interface Person {
  readonly handle: string;
  readonly name: string;
}

export interface Switches {
  readonly renamed_testids?: true | readonly string[];
  readonly no_landmarks?: true;
  readonly popup_over_composer?: true;
  readonly button_enabled_late?: number;
  readonly other_text?: true;
  readonly click_swallowed?: true;
}

export interface Shell {
  readonly base: string;
  readonly account: Person | null;
  readonly accounts: readonly Person[];
  readonly transport: "fetch" | "xhr";
  readonly layout: "old" | "new";
  readonly language: "en" | "es" | "zh";
  readonly switches: Switches;
}

export const shell = JSON.parse(document.getElementById("shell")?.textContent ?? "null") as Shell;

/** The address of a path of the site, wherever it is mounted. */
export const at = (path: string): string => shell.base + path;
