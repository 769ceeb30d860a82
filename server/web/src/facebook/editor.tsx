/** The text box: Lexical, which keeps plain lines for some accounts and paragraphs for others. */

import { registerPlainText } from "@lexical/plain-text";
import { registerRichText } from "@lexical/rich-text";
import {
  $createParagraphNode,
  $createTextNode,
  $getRoot,
  $isTextNode,
  createEditor,
} from "lexical";
import { useEffect, useRef } from "react";
import { mark } from "../kit/shell.ts";
import { shell } from "./site-api.ts";

/** Longer growth than this at once is a paste, not a key. */
const KEY_LENGTH = 2;

interface TextBoxProps {
  readonly placeholder: string;
  readonly isEmpty: boolean;
  readonly onText: (text: string) => void;
}

export function TextBox({ placeholder, isEmpty, onText }: TextBoxProps) {
  const box = useRef<HTMLDivElement>(null);
  const tell = useRef(onText);
  tell.current = onText;

  useEffect(() => {
    const editor = createEditor({
      namespace: "composer",
      onError: (error) => {
        throw error;
      },
    });
    editor.setRootElement(box.current);
    const leave = shell.layout === "new" ? registerRichText(editor) : registerPlainText(editor);
    let length = 0;
    const forget = editor.registerUpdateListener(({ editorState }) => {
      const text = editorState.read(() =>
        $getRoot()
          .getChildren()
          .map((block) => block.getTextContent())
          .join("\n"),
      );
      const hasGrown = text.length - length > KEY_LENGTH;
      length = text.length;
      if (shell.switches.other_text && hasGrown) editor.update(dropLastCharacter);
      tell.current(text);
    });
    editor.update(() => {
      const first = $createParagraphNode();
      if (shell.switches.leftover_draft) first.append($createTextNode("An older draft"));
      $getRoot().clear().append(first);
    });
    return () => {
      forget();
      leave();
      editor.setRootElement(null);
    };
  }, []);

  return (
    <div className="text-box">
      <div
        ref={box}
        className="text"
        contentEditable
        suppressContentEditableWarning
        role={mark("textbox")}
        aria-placeholder={mark(placeholder)}
        spellCheck
      />
      {isEmpty && (
        <div className="placeholder" aria-hidden="true">
          {placeholder}
        </div>
      )}
    </div>
  );
}

function dropLastCharacter(): void {
  const last = $getRoot().getLastDescendant();
  if ($isTextNode(last)) last.setTextContent(last.getTextContent().slice(0, -1));
}
