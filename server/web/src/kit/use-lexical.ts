/** Lexical within React. */

import { useEffect, useRef, type RefObject } from "react";
import { makeEditor, type LexicalSettings } from "./lexical.ts";

/** Where the editor is to stand. The settings of the first drawing stay, but for who hears. */
export function useLexical(settings: LexicalSettings): RefObject<HTMLDivElement> {
  const box = useRef<HTMLDivElement>(null);
  const tell = useRef(settings.onText);
  tell.current = settings.onText;
  useEffect(
    () => makeEditor(box.current, { ...settings, onText: (text) => tell.current(text) }),
    [],
  );
  return box;
}
