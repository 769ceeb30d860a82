/** The caption: a Draft.js editor that begins with the name of the file. */

import { ContentState, Editor, EditorState } from "draft-js";
import { useState } from "react";
import { textOf, withoutLastCharacter } from "../kit/draft.ts";
import { shell } from "../kit/shell.ts";
import { e2e, switches } from "./marks.ts";

/** How Draft.js calls what a paste does. */
const PASTE = "insert-fragment";

interface CaptionProps {
  readonly fileName: string;
  readonly onText: (text: string) => void;
}

export function Caption({ fileName, onText }: CaptionProps) {
  const [state, setState] = useState(() =>
    EditorState.createWithContent(ContentState.createFromText(fileName.replace(/\.\w+$/, ""))),
  );
  const change = (next: EditorState) => {
    const isPaste = next.getLastChangeType() === PASTE;
    const kept = switches.other_text && isPaste ? withoutLastCharacter(next) : next;
    setState(kept);
    onText(textOf(kept));
  };
  const isNamed = shell.layout === "new" && !switches.no_landmarks;
  return (
    <div className="caption" {...e2e("caption_container")}>
      <Editor
        editorState={state}
        onChange={change}
        stripPastedStyles
        role={isNamed ? "combobox" : "none"}
        ariaExpanded={false}
      />
    </div>
  );
}
