/** A Quill editor, which may stand in a shadow root. */

import Quill from "quill";
import { label } from "../kit/marks.ts";
import { switches } from "./marks.ts";
import { words } from "./words.ts";

interface NativeRange {
  readonly start: { readonly node: Node; readonly offset: number };
  readonly end: { readonly node: Node; readonly offset: number };
  readonly native: Range;
}

/** The parts of Quill's selection that look at the document alone. */
interface DocumentBound {
  getNativeRange: () => NativeRange | null;
  hasFocus: () => boolean;
  normalizeNative: (range: Range) => NativeRange | null;
}

interface SelectingRoot extends ShadowRoot {
  getSelection?: () => Selection | null;
}

/** Makes an editor in `place`; `onText` hears what it holds after each change. */
export function makeEditor(place: HTMLElement, onText: (text: string) => void): Quill {
  const quill = new Quill(place, { formats: [], modules: { toolbar: false } });
  const root = quill.root.getRootNode();
  if (root instanceof ShadowRoot) selectWithin(quill, root);
  const { ariaLabel, role } = { ariaLabel: label(words.editor)["aria-label"], role: "textbox" };
  if (ariaLabel !== undefined) {
    quill.root.setAttribute("role", role);
    quill.root.setAttribute("aria-label", ariaLabel);
  } else {
    quill.root.className = "_4f2a plain-editor";
  }
  let cut = "";
  quill.on("text-change", () => {
    if (switches.other_text && textOf(quill) !== cut) {
      cut = textOf(quill).slice(0, -1);
      quill.deleteText(cut.length, 1);
    }
    onText(textOf(quill));
  });
  return quill;
}

/** Quill ends every text with a line break of its own. */
export const textOf = (quill: Quill): string => quill.getText().replace(/\n$/, "");

/** To the document a selection in a shadow root is one of its host. */
function selectWithin(quill: Quill, root: SelectingRoot): void {
  const selection = quill.selection as unknown as DocumentBound;
  selection.hasFocus = () => root.activeElement === quill.root;
  selection.getNativeRange = () => {
    const held = root.getSelection?.() ?? document.getSelection();
    return held === null || held.rangeCount === 0
      ? null
      : selection.normalizeNative(held.getRangeAt(0));
  };
}
