/** How a paste is told from typing, where an editor does not tell. */

/** Longer growth than this at once is a paste, not a key. */
const KEY_LENGTH = 2;

/** True when so many characters came at once that no key brought them. */
export const isPaste = (grown: number): boolean => grown > KEY_LENGTH;
