// Writes shared/text/x.json, X's counting rules, from its published counting library and Unicode's list of emoji.
// Run by hand when either has news: npx tsx extension/text-table.ts

import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const TARGET = new URL("../shared/text/x.json", import.meta.url);
const READ_ON = "2026-11-24";

const TONE = "\u{1F3FB}";
const OTHER_TONE = "\u{1F3FC}";
const TONES = /[\u{1F3FB}-\u{1F3FF}]/gu;
const SELECTOR = "\uFE0F";
const JOINER = "\u200D";
const TAG = 0xe0000;
const END_OF_TAGS = "\u{E007F}";
const FIRST_REGIONAL_INDICATOR = 0x1f1e6;
const LAST_EMOJI_BLOCK_END = 0x1fbff;
const PARTS_MAX = 4;
/** What stands inside a joined emoji of three parts or more. */
const LINKS = [..."👨👩🧑👦👧🧒💋🤝🐰🫯", "❤️", "♀️", "♂️", "➡️"];
const SUBDIVISIONS = ["gbeng", "gbsct", "gbwls"];

const require = createRequire(import.meta.url);
const { parse } = require("twemoji-parser") as { parse: (text: string) => { text: string }[] };
const recommended = new RegExp("^\\p{RGI_Emoji}$", "v");

/** True where X's library takes the whole text for one emoji. */
const isOneEmoji = (text: string): boolean => parse(text)[0]?.text === text;

const characters = Array.from({ length: LAST_EMOJI_BLOCK_END }, (_, point) => point)
  .filter((point) => point > 0x7f && !(point >= 0xd800 && point <= 0xdfff))
  .map((point) => String.fromCodePoint(point));

const toned = characters.filter(
  (it) => /^\p{Emoji_Modifier_Base}$/u.test(it) || isOneEmoji(it + TONE),
);
const selectable = characters.filter(
  (it) =>
    isOneEmoji(it + SELECTOR) ||
    (!/^\p{Emoji_Presentation}$/u.test(it) && recommended.test(it + SELECTOR)),
);

const forms = (it: string): string[] => [
  it,
  it + SELECTOR,
  ...(toned.includes(it) ? [it + TONE, it + OTHER_TONE] : []),
];

function joinedEmoji(): string[] {
  const parts = characters.filter((it) => /^\p{Emoji}$/u.test(it)).flatMap(forms);
  const links = LINKS.flatMap((it) => (it.endsWith(SELECTOR) ? [it] : forms(it)));
  const found = new Set<string>([`👁${JOINER}🗨`]); // the library's spelling; Unicode's has selectors
  const grow = (stems: string[], tails: string[]): string[] =>
    stems.flatMap((stem) => tails.map((tail) => stem + JOINER + tail));
  const keep = (sequences: string[]): void => {
    for (const it of sequences) if (recommended.test(it)) found.add(it.replace(TONES, TONE));
  };
  for (const stem of parts) keep(grow([stem], parts));
  let stems = [...new Set([...found].map((it) => it.split(JOINER)[0] ?? ""))];
  for (let length = 3; length <= PARTS_MAX; length++) {
    stems = grow(stems, links);
    for (const stem of stems) keep(grow([stem], links));
  }
  return [...found].sort();
}

function flags(): string[] {
  const letters = Array.from({ length: 26 }, (_, index) => index);
  const indicator = (index: number): string =>
    String.fromCodePoint(FIRST_REGIONAL_INDICATOR + index);
  return letters
    .flatMap((first) => letters.map((second) => indicator(first) + indicator(second)))
    .filter((it) => recommended.test(it));
}

const tagged = (subdivision: string): string =>
  "🏴" +
  [...subdivision].map((it) => String.fromCodePoint(TAG + (it.codePointAt(0) ?? 0))).join("") +
  END_OF_TAGS;

function topLevelDomains(): string[] {
  const found = ["validGTLD", "validCCTLD"].flatMap((name) => {
    const { source } = require(`twitter-text/dist/regexp/${name}.js`) as RegExp;
    return source
      .replace(/^[(?:]+/, "")
      .replace(/\).*$/, "")
      .split("|");
  });
  return [...new Set(found)].sort();
}

const latin = "À-ÖØ-öø-ɏɓɔɖɗəɛɣɨɯɲʉʻ\\u0300-\\u036FḀ-ỿ" + "ɠɩɵʀʃʈʊʌʒΙιⱥⱦⱾⱿ"; // the second part: other cases of the first
const cyrillic = "\\u0400-\\u04FF\\u1C80-\\u1C87";
const spaces =
  "\\t-\\r \\u0085\\u00A0\\u1680\\u180E\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000";
const directional = "\\u061C\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069";
const invalid = "\\uFFFE\\uFEFF\\uFFFF";

const table = {
  platform: "x",
  source:
    "twitter-text 3.1.0 (configuration v3, URL and domain patterns, top-level domains) and its twemoji-parser 11; emoji newer than that from Unicode's recommended sequences",
  readOn: READ_ON,
  normalisation: "NFC",
  max: 280,
  scale: 100,
  defaultWeight: 200,
  emojiWeight: 200,
  urlWeight: 2300,
  ranges: [
    { start: 0, end: 4351, weight: 100 },
    { start: 8192, end: 8205, weight: 100 },
    { start: 8208, end: 8223, weight: 100 },
    { start: 8242, end: 8247, weight: 100 },
  ],
  url: {
    lengthMax: 4096,
    labelLengthMax: 63,
    shortLinkHost: "t.co",
    shortLinkSlugMax: 40,
    // Bodies of character classes, in the syntax that Python's regex and JavaScript's u flag share.
    notBefore: `A-Za-z0-9@＠$#＃${invalid}`,
    notBeforeBareDomain: "\\-_./",
    notInDomain: `!'#%&()*+,\\\\/:;<=>?@\\[\\]\\^{|}~$${spaces}${invalid}${directional}`,
    bareDomain: `\\-A-Za-z0-9${latin}`,
    path: `A-Za-z0-9!*';:=+,.$/%#\\[\\]\\-\\u2013_~@|&${cyrillic}${latin}`,
    pathEnd: `A-Za-z0-9+\\-=_#/${cyrillic}${latin}`,
    query: "A-Za-z0-9!?*'@();:&=+$/%#\\[\\]\\-_.,~|",
    queryEnd: "A-Za-z0-9\\-_&=#/",
    notAfterTopLevelDomain: "0-9A-Za-z@+\\-",
    topLevelDomains: topLevelDomains().join(" "),
  },
  emoji: {
    // Each character here takes a skin tone, or U+FE0F, and is one emoji with it.
    toned: toned.join(""),
    selectable: selectable.join(""),
    // Sequences that are one emoji; the lightest tone stands for any.
    flags: [...flags(), ...SUBDIVISIONS.map(tagged)].join(" "),
    joined: joinedEmoji().join(" "),
  },
};

writeFileSync(TARGET, JSON.stringify(table, null, 2) + "\n");
