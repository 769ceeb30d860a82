/**
 * Is a regular expression of a pack one that may be used: both languages read it alike, and no text makes it slow.
 * The same rules as in `server/postbroker/domain/locators.py`; shared/examples/patterns.json holds both to them.
 */

/** How often `*` and `+` may stand in a pattern: each makes a search slower by a length. */
const ENDLESS_MAX = 3;

const TOKEN = new RegExp(
  [
    "(?<open>\\((?:\\?[:!=])?)",
    "(?<close>\\))",
    "(?<repeat>[*+?]|\\{[0-9]{1,3}(?:,[0-9]{0,3})?\\})",
    "\\\\[dDwWsSbB./?*+()\\[\\]{}|^$-]",
    "\\[\\^?(?:\\\\[dws./\\]^-]|[^\\]\\\\\\[])+\\]",
    "[^\\\\*+?{}()\\[\\]]",
  ].join("|"),
  "y",
);

/** Why not; null for one that may. No group is repeated, and little is repeated without an end. */
export function problemOfPattern(pattern: string): string | null {
  const quoted = JSON.stringify(pattern);
  let [depth, endless, at, before] = [0, 0, 0, "nothing"];
  while (at < pattern.length) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(pattern);
    if (found === null) {
      return `the pattern ${quoted} is not understood from character ${at + 1} on`;
    }
    const { open, close, repeat } = found.groups ?? {};
    if (repeat !== undefined) {
      const isOfGroup = before === "close" && repeat !== "?";
      if (["nothing", "repeat", "open"].includes(before) || isOfGroup) {
        return `the pattern ${quoted} repeats a group, or nothing`;
      }
      if (repeat === "*" || repeat === "+" || repeat.endsWith(",}")) endless += 1;
    }
    if (open !== undefined) depth += 1;
    if (close !== undefined) depth -= 1;
    if (depth < 0) break;
    at += found[0].length;
    before = open ? "open" : close ? "close" : repeat ? "repeat" : "one";
  }
  if (depth !== 0) return `the pattern ${quoted} has an odd parenthesis`;
  if (endless > ENDLESS_MAX) {
    return `the pattern ${quoted} repeats more than ${ENDLESS_MAX} times without an end`;
  }
  try {
    new RegExp(pattern);
  } catch {
    return `the pattern ${quoted} is none`;
  }
  return null;
}
