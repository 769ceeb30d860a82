/** The caption: Lexical in the new design, a plain field in the old one. */

import { registerPlainText } from "@lexical/plain-text";
import { $createParagraphNode, $getRoot, $isTextNode, createEditor } from "lexical";
import { useEffect, useRef } from "react";
import { isNew, label, role, shell } from "./marks.ts";
import { words } from "./words.ts";

/** Longer growth than this at once is a paste, not a key. */
const KEY_LENGTH = 2;

interface CaptionProps {
  readonly onText: (text: string) => void;
}

export const Caption = (props: CaptionProps) =>
  isNew ? <Rich {...props} /> : <Plain {...props} />;

function Plain({ onText }: CaptionProps) {
  const take = (field: HTMLTextAreaElement) => {
    if (shell.switches.other_text) field.value = field.value.slice(0, -1);
    onText(field.value);
  };
  return (
    <textarea
      className="caption"
      {...label(words.caption)}
      onInput={(event) => take(event.currentTarget)}
    />
  );
}

function Rich({ onText }: CaptionProps) {
  const box = useRef<HTMLDivElement>(null);
  const tell = useRef(onText);
  tell.current = onText;
  useEffect(() => {
    const editor = createEditor({
      namespace: "caption",
      onError: (error) => {
        throw error;
      },
    });
    editor.setRootElement(box.current);
    const leave = registerPlainText(editor);
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
      $getRoot().clear().append($createParagraphNode());
    });
    return () => {
      forget();
      leave();
      editor.setRootElement(null);
    };
  }, []);
  return (
    <div
      ref={box}
      className="caption"
      contentEditable
      suppressContentEditableWarning
      role={role("textbox")}
      {...label(words.caption)}
    />
  );
}

function dropLastCharacter(): void {
  const last = $getRoot().getLastDescendant();
  if ($isTextNode(last)) last.setTextContent(last.getTextContent().slice(0, -1));
}
