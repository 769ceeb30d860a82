// Counts a text as X's own counter does. The twin of domain/content.py.

import table from "../../shared/text/x.json" with { type: "json" };
import { findUrls } from "./urls.ts";

const SELECTOR = "\uFE0F";
const LIGHTEST_TONE = "\u{1F3FB}";
const TONES = /[\u{1F3FB}-\u{1F3FF}]/gu;
const KEYCAP = "[0-9#*]\\uFE0F?\\u20E3";
// An emoji of several code points holds one of these. A single code point weighs the same as emoji
// or as any other heavy character.
const BINDS_EMOJI = /[\u200D\u20E3\uFE0F\u{1F1E6}-\u{1F1FF}\u{1F3FB}-\u{1F3FF}\u{E007F}]/u;

const byLength = (one: string, other: string): number => other.length - one.length;
const { toned, selectable } = table.emoji;
const EMOJI = new RegExp(
  [
    ...table.emoji.joined.split(" ").sort(byLength),
    ...table.emoji.flags.split(" "),
    KEYCAP,
    `[${toned}](?:(?<=[${selectable}])${SELECTOR})?${LIGHTEST_TONE}`,
    `[${selectable}]${SELECTOR}`,
  ].join("|"),
  "gu",
);

/** Unicode NFC, line ends as one line feed: the form that is counted, hashed and compared. */
export const normalise = (text: string): string =>
  text.replace(/\r\n?/g, "\n").normalize(table.normalisation);

/** What X's own counter shows for `text`. */
export function weightedLength(text: string): number {
  const counted = normalise(text).replace(TONES, LIGHTEST_TONE);
  let weight = 0;
  let position = 0;
  for (const [start, end] of findUrls(counted)) {
    weight += weigh(counted.slice(position, start)) + table.urlWeight;
    position = end;
  }
  return (weight + weigh(counted.slice(position))) / table.scale;
}

/** The weight of text without URLs. */
function weigh(text: string): number {
  let emoji = 0;
  const rest = BINDS_EMOJI.test(text) ? text.replace(EMOJI, () => (emoji++, "")) : text;
  let weight = emoji * table.emojiWeight;
  for (const character of rest) weight += weightOf(character.codePointAt(0) ?? 0);
  return weight;
}

const weightOf = (point: number): number =>
  table.ranges.find((range) => range.start <= point && point <= range.end)?.weight ??
  table.defaultWeight;
