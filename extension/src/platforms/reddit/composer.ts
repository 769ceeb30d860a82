/** The composer under a post or a comment: a Lexical editor, or a plain field that takes Markdown. */

import { isEnabled, waitFor } from "../../page/dom.ts";
import {
  TAKE_SECONDS,
  canonicalText,
  clearEditor,
  cutText,
  fillField,
  pasteText,
  readParagraphs,
  writeText,
} from "../../page/editor.ts";
import type { Page } from "../adapter.ts";
import { fromMarkdown, toMarkdown } from "./markdown.ts";
import { controls, idOf, locators, wait } from "./site.ts";

export class Composer {
  readonly #editor: HTMLElement;
  /** The comment that is answered; null for the post. */
  readonly #answered: HTMLElement | null;

  private constructor(editor: HTMLElement, answered: HTMLElement | null) {
    this.#editor = editor;
    this.#answered = answered;
  }

  /** Opens it by hand where the page has not done so. */
  static async open(page: Page, answered: HTMLElement | null): Promise<Composer> {
    const openers = answered === null ? ["trigger"] : ["replyButton", "namedReplyButton"];
    const editorOrOpener = await waitFor(
      () => {
        controls.dismiss();
        return ["textBox", ...openers].map((name) => ownOf(name, answered)).find(isThere) ?? null;
      },
      wait(page, "composer"),
    );
    if (editorOrOpener === null) throw controls.missing(openers[0] ?? "trigger");
    if (ownOf("textBox", answered) === null) controls.use("trigger", editorOrOpener);
    const editor = await waitFor(() => ownOf("textBox", answered), wait(page, "composer"));
    if (editor === null) throw controls.missing("textBox");
    return new Composer(editor, answered);
  }

  /** False when something of an earlier draft would not go. */
  async clear(page: Page): Promise<boolean> {
    const isEmpty = (): true | null => this.text === "" || null;
    for (const empty of this.#waysToEmpty()) {
      if (isEmpty()) return true;
      empty();
      await waitFor(isEmpty, { seconds: TAKE_SECONDS, signal: page.signal });
    }
    return isEmpty() ?? false;
  }

  /** Each way begins on an empty editor. */
  write(page: Page, text: string): Promise<void> {
    const ways = this.#takesMarkdown
      ? [() => fillField(this.#editor, toMarkdown(text))]
      : [() => pasteText(this.#editor, text, "rich"), () => pasteText(this.#editor, text, "plain")];
    const afresh = (write: () => unknown) => async (): Promise<void> => {
      await this.clear(page);
      write();
    };
    return writeText(page, ways.map(afresh), () => this.text === text);
  }

  /** What it would publish, as a reader would see it. */
  get text(): string {
    return canonicalText(
      this.#editor instanceof HTMLTextAreaElement
        ? fromMarkdown(this.#editor.value)
        : readParagraphs(this.#editor),
    );
  }

  /** Where it would publish, by its place on the page: `post` or `post/comment`; null when it is gone. */
  get target(): string | null {
    const postId = idOf(controls.find("post"));
    if (postId === null || !this.#editor.isConnected) return null;
    const commentId = idOf(commentAround(this.#editor));
    return commentId === null ? postId : `${postId}/${commentId}`;
  }

  button(): HTMLElement | null {
    return ownOf("postButton", this.#answered);
  }

  readyButton(): HTMLElement | null {
    const button = this.button();
    return button !== null && isEnabled(button) ? button : null;
  }

  get #takesMarkdown(): boolean {
    return this.#editor instanceof HTMLTextAreaElement;
  }

  #waysToEmpty(): (() => void)[] {
    return this.#takesMarkdown
      ? [() => fillField(this.#editor, "")]
      : [() => cutText(this.#editor), () => clearEditor(this.#editor)];
  }
}

const isThere = (element: HTMLElement | null): element is HTMLElement => element !== null;

/** A control of this very comment, not of an answer within it; of the thread itself for null. */
function ownOf(name: string, comment: HTMLElement | null): HTMLElement | null {
  const found = controls.all(name, comment ?? document);
  return found.find((each) => commentAround(each) === comment) ?? null;
}

/** The comment in which an element lies, through shadow roots. */
export function commentAround(element: Element): Element | null {
  const css = locators.locators["comment"]?.candidates.join(", ") ?? "";
  const found = element.closest(css);
  if (found !== null) return found;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? commentAround(root.host) : null;
}
