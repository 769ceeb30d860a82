/** Texts for fields that take Markdown, so that readers see them to the letter. */

const LINK = /https?:\/\/\S+/g;
const MARKS = /[\\`*_~^[\]<>#|&]/g;
/** Lists begin with these. */
const LINE_START = /^(\s*)(?:([+-])|(\d+)\.)(?=\s)/;
/** Indented lines would become code; what is not seen stands before them. */
const INDENT = /^(?=[ \t])/;
const UNSEEN = "\u200B";
const HARD_BREAK = "  ";

export function toMarkdown(text: string): string {
  const lines = text.split("\n");
  return lines
    .map((line, index) => escapeLine(line) + (goesOn(lines, index) ? HARD_BREAK : ""))
    .join("\n");
}

/** What `toMarkdown` was given; other Markdown comes out as something else than it looks like. */
export function fromMarkdown(markdown: string): string {
  const lines = markdown.split("\n");
  return lines
    .map((line, index) => unescapeLine(goesOn(lines, index) ? line.replace(/ {2}$/, "") : line))
    .join("\n");
}

/** A line end within a paragraph would be shown as a space. */
const goesOn = (lines: readonly string[], index: number): boolean =>
  lines[index]?.trim() !== "" && (lines[index + 1] ?? "").trim() !== "";

function escapeLine(line: string): string {
  if (line.trim() === "") return line;
  const escaped = outsideLinks(line, (part) => part.replace(MARKS, "\\$&"));
  return escaped
    .replace(LINE_START, (_, indent: string, bullet?: string, number?: string) =>
      bullet === undefined ? `${indent}${number ?? ""}\\.` : `${indent}\\${bullet}`,
    )
    .replace(INDENT, UNSEEN);
}

const unescapeLine = (line: string): string =>
  outsideLinks(line.replace(/^\u200B(?=[ \t])/, ""), (part) => part.replace(/\\(\S)/g, "$1"));

function outsideLinks(line: string, change: (part: string) => string): string {
  const links = line.match(LINK) ?? [];
  return line
    .split(LINK)
    .map((part, index) => change(part) + (links[index] ?? ""))
    .join("");
}
