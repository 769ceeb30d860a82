/** The newer design's text box: Lexical, with paragraphs. */

import { registerRichText } from "@lexical/rich-text";
import * as lexical from "../kit/lexical.ts";
import { isStuck, oldDraft } from "./composer.ts";

/** Makes `element` an editor; `onText` hears what it holds after each change. */
export function makeEditor(element: HTMLElement, onText: (text: string) => void): void {
  lexical.makeEditor(element, {
    namespace: "comment",
    register: registerRichText,
    draft: oldDraft(),
    isUndone: isStuck,
    onText,
  });
}
