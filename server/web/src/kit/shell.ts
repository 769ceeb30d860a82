/** What the server put into the page of any site: who is logged in, where the site lives, which switches are on. */

export interface Person {
  readonly handle: string;
  readonly name: string;
}

/** The switches that every site has; a site adds its own. */
export interface Switches {
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

/** The path of this page as on the live site. */
export const path = (): string => location.pathname.slice(shell.base.length) || "/";

/** A word in the account's language. */
export const say = (words: Readonly<Record<Shell["language"], string>>): string =>
  words[shell.language];

/** A mark by which programs find their way, unless the page is to have none. */
export const mark = (value: string): string | undefined =>
  shell.switches.no_landmarks ? undefined : value;

// randomUUID exists in secure contexts only, and a sandbox may be served over plain http.
/** Names one press of the button. */
export const newNonce = (): string => crypto.getRandomValues(new Uint32Array(4)).join("-");
