/** The newer design's text box: Lexical, with paragraphs. */

import { registerRichText } from "@lexical/rich-text";
import {
  $createParagraphNode,
  $createTextNode,
  $getRoot,
  $isTextNode,
  createEditor,
} from "lexical";
import { isStuck, oldDraft } from "./composer.ts";
import { switches } from "./site-api.ts";

/** Longer growth than this at once is a paste, not a key. */
const KEY_LENGTH = 2;

/** Makes `element` an editor; `onText` hears what it holds after each change. */
export function makeEditor(element: HTMLElement, onText: (text: string) => void): void {
  const editor = createEditor({
    namespace: "comment",
    onError: (error) => {
      throw error;
    },
  });
  editor.setRootElement(element);
  registerRichText(editor);
  let length = 0;
  editor.registerUpdateListener(({ editorState }) => {
    const text = editorState.read(() =>
      $getRoot()
        .getChildren()
        .map((block) => block.getTextContent())
        .join("\n"),
    );
    const hasGrown = text.length - length > KEY_LENGTH;
    length = text.length;
    if (isStuck(text)) editor.update(bringDraft);
    else if (switches.other_text && hasGrown) editor.update(dropLastCharacter);
    onText(text);
  });
  editor.update(bringDraft);
}

function bringDraft(): void {
  const first = $createParagraphNode();
  if (oldDraft() !== "") first.append($createTextNode(oldDraft()));
  $getRoot().clear().append(first);
}

function dropLastCharacter(): void {
  const last = $getRoot().getLastDescendant();
  if ($isTextNode(last)) last.setTextContent(last.getTextContent().slice(0, -1));
}
