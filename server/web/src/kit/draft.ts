/** What the Draft.js editors of all sites do alike. */

import { EditorState, Modifier } from "draft-js";

/** What an editor holds, a line a block. */
export const textOf = (state: EditorState): string => state.getCurrentContent().getPlainText("\n");

/** What the switch `other_text` makes of a paste. */
export function withoutLastCharacter(state: EditorState): EditorState {
  const content = state.getCurrentContent();
  const last = content.getLastBlock();
  const end = last.getLength();
  const cut = state.getSelection().merge({
    anchorKey: last.getKey(),
    focusKey: last.getKey(),
    anchorOffset: Math.max(end - 1, 0),
    focusOffset: end,
    isBackward: false,
  });
  return EditorState.push(state, Modifier.removeRange(content, cut, "backward"), "remove-range");
}
