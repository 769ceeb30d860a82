/** What both designs' composers do alike: hold a text, wake the button, publish once pressed. */

import { isPaste } from "../kit/typing.ts";
import { publish, switches, type Mode } from "./site-api.ts";
import { words } from "./words.ts";

const OLD_DRAFT = "What I wanted to say last week";

export interface Field {
  readonly element: HTMLElement;
  readonly mode: Mode;
}

/** A plain field for Markdown; `onText` hears what it holds after each change. */
export function plainField(field: HTMLTextAreaElement, onText: (text: string) => void): Field {
  let length = 0;
  field.addEventListener("input", () => {
    const grown = field.value.length - length;
    if (isStuck(field.value)) field.value = OLD_DRAFT;
    else if (switches.other_text && isPaste(grown)) field.value = field.value.slice(0, -1);
    length = field.value.length;
    onText(field.value);
  });
  if (switches.old_draft) {
    field.value = OLD_DRAFT;
    length = OLD_DRAFT.length;
    onText(OLD_DRAFT);
  }
  return { element: field, mode: "markdown" };
}

export const oldDraft = (): string => (switches.old_draft ? OLD_DRAFT : "");

/** A draft that comes back whatever is done about it. */
export const isStuck = (text: string): boolean =>
  switches.old_draft === "stuck" && text !== OLD_DRAFT;

/** The part of a composer that publishes. */
export class Press {
  readonly #button: HTMLButtonElement;
  readonly #status: HTMLElement;
  #text = "";
  #timer = 0;

  constructor(button: HTMLButtonElement, status: HTMLElement) {
    this.#button = button;
    this.#status = status;
    button.disabled = true;
  }

  /** The button is grey without a text, and as long after it as the switch says. */
  hear(text: string): void {
    this.#text = text;
    clearTimeout(this.#timer);
    const isReady = text.trim() !== "";
    const delay = switches.button_enabled_late ?? 0;
    this.#button.disabled = !isReady || delay > 0;
    if (isReady && delay > 0) {
      this.#timer = window.setTimeout(() => (this.#button.disabled = false), delay);
    }
  }

  // No guard of its own against a second press in the same instant: the ledger is to show it.
  async press(thing: string, mode: Mode, onPosted: () => void): Promise<void> {
    if (this.#button.disabled || switches.click_swallowed) return;
    const refusal = await publish(thing, this.#text, mode);
    if (refusal === null) onPosted();
    else this.#status.textContent = refusal || words.failed;
  }
}
