/** Writes into rich-text editors and reads back what they hold. An editor may live in an open shadow root. */

import { waitFor } from "./dom.ts";

/** An editor takes what is handed to it at once or not at all. */
export const TAKE_SECONDS = 1;

/** Ways to hand a text over, best first; each is checked by reading back before the next is tried. */
export type PasteForm = "rich" | "plain";

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** The form in which texts are compared and hashed: one way to write an accent, one way to end a line. */
export function canonicalText(text: string): string {
  return text.replace(/\r\n?/g, "\n").normalize("NFC");
}

export async function textSha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(canonicalText(text)),
  );
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Replaces what the editor holds. True when the editor took the paste into its own hands. */
export function pasteText(editor: HTMLElement, text: string, form: PasteForm): boolean {
  selectAll(editor);
  const clipboard = new DataTransfer();
  clipboard.setData("text/plain", text);
  if (form === "rich") clipboard.setData("text/html", toHtml(text));
  const paste = new ClipboardEvent("paste", {
    bubbles: true,
    cancelable: true,
    composed: true,
    clipboardData: clipboard,
  });
  return !editor.dispatchEvent(paste);
}

/** Tries the next way only where the one before has left another text. */
export async function writeText(
  { signal }: { signal: AbortSignal },
  ways: readonly (() => unknown)[],
  holdsIt: () => boolean,
): Promise<void> {
  for (const write of ways) {
    await write();
    if (await waitFor(() => holdsIt() || null, { seconds: TAKE_SECONDS, signal })) return;
  }
}

/** Writes into a plain field as typing does: its page hears of it, whatever keeps its value. */
export function fillField(field: HTMLElement, text: string): void {
  const prototype =
    field instanceof HTMLTextAreaElement
      ? HTMLTextAreaElement.prototype
      : HTMLInputElement.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- Called on the field below.
  const set = Object.getOwnPropertyDescriptor(prototype, "value")?.set;
  set?.call(field, text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

export function clearEditor(editor: HTMLElement): void {
  selectAll(editor);
  // Deprecated and without a successor: the one deletion that editors learn of in a hidden tab.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  document.execCommand("delete");
}

/** Empties an editor that keeps its state apart from the page and does not hear of deletions, as Lexical. */
export function cutText(editor: HTMLElement): void {
  selectAll(editor);
  editor.dispatchEvent(
    new ClipboardEvent("cut", {
      bubbles: true,
      cancelable: true,
      composed: true,
      clipboardData: new DataTransfer(),
    }),
  );
}

/**
 * The text of a Draft.js editor, block by block. Its leaves say which text they stand for, so
 * placeholders and decorations are left out.
 */
export function readDraft(editor: HTMLElement): string {
  const blocks = [...editor.querySelectorAll<HTMLElement>("[data-block='true']")];
  return blocks
    .map((block) =>
      [...block.querySelectorAll("[data-text='true']")].map((leaf) => leaf.textContent).join(""),
    )
    .join("\n");
}

/**
 * The text of an editor that keeps its lines in blocks of their own, as Quill and Lexical do. A line break
 * at a block's end only keeps the block open; carets that the editor draws are left out.
 */
export function readParagraphs(editor: HTMLElement): string {
  return [...editor.children]
    .map((block) => {
      const nodes = document.createTreeWalker(
        block,
        NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT,
      );
      let text = "";
      let last: Node = block;
      for (let node = nodes.nextNode(); node !== null; node = nodes.nextNode()) {
        if (node instanceof Text && node.parentElement?.closest(".ql-cursor") == null)
          text += node.data;
        if (node instanceof HTMLBRElement) text += "\n";
        last = node;
      }
      return last instanceof HTMLBRElement ? text.slice(0, -1) : text;
    })
    .join("\n");
}

/** Replaces what a Quill editor holds: it takes over what it finds in its own element. */
export function writeParagraphs(editor: HTMLElement, text: string): void {
  editor.replaceChildren(
    ...text.split("\n").map((line) => {
      const paragraph = document.createElement("p");
      paragraph.append(line === "" ? document.createElement("br") : line);
      return paragraph;
    }),
  );
  editor.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }));
}

/** In a hidden tab no focus events come by themselves, and an editor that has none ignores the selection. */
function selectAll(editor: HTMLElement): void {
  editor.focus();
  if (!document.hasFocus()) editor.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
  getSelection()?.selectAllChildren(editor);
  document.dispatchEvent(new Event("selectionchange"));
}

function toHtml(text: string): string {
  const escaped = text.replace(/[&<>]/g, (character) => ESCAPES[character] ?? character);
  return escaped
    .split("\n")
    .map((line) => `<p>${line === "" ? "<br>" : line}</p>`)
    .join("");
}
