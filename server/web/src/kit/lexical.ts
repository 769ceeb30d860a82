/** Lexical as all sites that write with it set it up. */

import {
  $createParagraphNode,
  $createTextNode,
  $getRoot,
  $isTextNode,
  createEditor,
  type LexicalEditor,
} from "lexical";
import { shell } from "./shell.ts";
import { isPaste } from "./typing.ts";

export interface LexicalSettings {
  readonly namespace: string;
  /** Lexical's own rules for keys and pastes: plain lines or paragraphs. */
  readonly register: (editor: LexicalEditor) => () => void;
  /** What the editor begins with. */
  readonly draft?: string;
  /** True for a text in whose place the draft comes back. */
  readonly isUndone?: (text: string) => boolean;
  /** Hears what the editor holds after each change. */
  readonly onText: (text: string) => void;
}

/** Makes `element` an editor; the answer unmakes it. */
export function makeEditor(element: HTMLElement | null, settings: LexicalSettings): () => void {
  const { namespace, register, draft = "", isUndone, onText } = settings;
  const bringDraft = () => {
    const first = $createParagraphNode();
    if (draft !== "") first.append($createTextNode(draft));
    $getRoot().clear().append(first);
  };
  const editor = createEditor({
    namespace,
    onError: (error) => {
      throw error;
    },
  });
  editor.setRootElement(element);
  const leave = register(editor);
  let length = 0;
  const forget = editor.registerUpdateListener(({ editorState }) => {
    const text = editorState.read(() =>
      $getRoot()
        .getChildren()
        .map((block) => block.getTextContent())
        .join("\n"),
    );
    const grown = text.length - length;
    length = text.length;
    if (isUndone?.(text)) editor.update(bringDraft);
    else if (shell.switches.other_text && isPaste(grown)) editor.update(dropLastCharacter);
    onText(text);
  });
  editor.update(bringDraft);
  return () => {
    forget();
    leave();
    editor.setRootElement(null);
  };
}

function dropLastCharacter(): void {
  const last = $getRoot().getLastDescendant();
  if ($isTextNode(last)) last.setTextContent(last.getTextContent().slice(0, -1));
}
