/** The text box: Lexical, which keeps plain lines for some accounts and paragraphs for others. */

import { registerPlainText } from "@lexical/plain-text";
import { registerRichText } from "@lexical/rich-text";
import { mark } from "../kit/shell.ts";
import { useLexical } from "../kit/use-lexical.ts";
import { shell } from "./site-api.ts";

interface TextBoxProps {
  readonly placeholder: string;
  readonly isEmpty: boolean;
  readonly onText: (text: string) => void;
}

export function TextBox({ placeholder, isEmpty, onText }: TextBoxProps) {
  const box = useLexical({
    namespace: "composer",
    register: shell.layout === "new" ? registerRichText : registerPlainText,
    draft: shell.switches.leftover_draft ? "An older draft" : "",
    onText,
  });

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
