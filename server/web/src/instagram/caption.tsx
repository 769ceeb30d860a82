/** The caption: Lexical in the new design, a plain field in the old one. */

import { registerPlainText } from "@lexical/plain-text";
import { label, role } from "../kit/marks.ts";
import { shell } from "../kit/shell.ts";
import { useLexical } from "../kit/use-lexical.ts";
import { isNew } from "./design.ts";
import { words } from "./words.ts";

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
  const box = useLexical({ namespace: "caption", register: registerPlainText, onText });
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
