// Texts that look like posts and like trouble, the same ones for the same seed.
// Run by hand it writes shared/examples/text/x-generated.json: npx tsx tests/extension/text/generated-texts.ts

import { writeFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import twitterText from "twitter-text";

const TARGET = new URL("../../../shared/examples/text/x-generated.json", import.meta.url);
const COMMITTED_SEED = 20261124;
const COMMITTED_COUNT = 300;
const PIECES_MAX = 9;

const WORDS =
  "Ship it today because über naïve größer Ünlü özel соль Москва ελλάδα 東京タワー 中文 한국어 العربية ภาษาไทย हिन्दी n\u0303 e\u0301 A\u030A 𝒳 𠮷野家";
const DOMAINS =
  "example.com sub.example.co.uk EXAMPLE.COM müller.de 例え.jp 食品.香港 xn--fiqs8s.cn foo_bar.com a_b.example.org -bad.com bad-.com sample.comx sample.c a.b.c example.museum t.co/abc пример.рф example.한국 node.js e.g. U.S.A. 1.2.3.4 user@example.com v1.2 file.txt example.com: example.com) a..b.com x.com";
const PATHS = [
  "",
  "/",
  "/a",
  "/a/b.html",
  "/a_(b)",
  "/a_(b_(c))",
  "/(a",
  "/a.",
  "/a,",
  "/a!",
  "/@user/",
  "/@user",
  "/путь",
  "/é",
  "/中",
  "?q=1",
  "/?q=1",
  "/a?b=c&d=e",
  "/a?b=c.",
  "/?",
  "#top",
  "/#top",
  ":8080",
  ":8080/a",
  "/a-",
  "/%20x",
  "/a:b;c",
  "/~me",
  "/a–b",
  "/a?b=(c)",
  "/a😀",
];
const EMOJI =
  "😀 👍 👍🏽 👨‍👩‍👧‍👦 👩🏻‍⚕️ 👩‍❤️‍💋‍👩 🏳️‍🌈 🏴‍☠️ 🇩🇪 🇦🇦 🇩 1️⃣ #⃣ *️⃣ ❤️ ❤ ❤︎ © ©️ ™️ ☝🏿 ☝️ ⛹🏻‍♂️ 🕵️‍♂️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 😀‍😀 👨‍👦‍👨 👩‍⚕ 🙋🏾‍♀️ 👁‍🗨 🏿 ‼️ ㊙️";
const SIGNS = [
  ..." \n\t.,:;!?…'\"()[]{}<>/\\|@#$%^&*-_=+~`“”‘’‐‑–—′″‹›€£→、。「」！＠＃．￥\u00A0\u00AD\u2009\u200B\u200C\u200D\u200E\u200F\u2028\u202A\u202E\u2060\u2066\u2069\u3000\uFE0F\uFE0E\uFEFF",
];
const PROTOCOLS = [
  "",
  "",
  "",
  "http://",
  "https://",
  "HTTPS://",
  "ftp://",
  "https:/",
  "//",
  "mailto:",
];
const MARKS = ["@user", "#hash", "#한국", "$ABC", "@user/list", "＠user", "@", "#", "$"];

/** Whole numbers below a bound, from a small generator with 32 bits of state. */
function numbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

export function* generatedTexts(seed: number, count: number): Generator<string> {
  const below = numbers(seed);
  const pick = (from: readonly string[]): string => from[below(from.length)] ?? "";
  const split = (list: string): string[] => list.split(" ");
  const [words, domains, emoji] = [split(WORDS), split(DOMAINS), split(EMOJI)];
  const pieces: (() => string)[] = [
    () => pick(words),
    () => pick(words) + " ",
    () => pick(PROTOCOLS) + pick(domains) + pick(PATHS),
    () => pick(PROTOCOLS) + pick(domains) + pick(PATHS) + " ",
    () => pick(domains),
    () => pick(emoji),
    () => pick(SIGNS),
    () => pick(MARKS),
    () => String.fromCodePoint(below(0xd7ff)),
    () => " ",
  ];
  for (let index = 0; index < count; index++) {
    const length = 1 + below(PIECES_MAX);
    yield Array.from({ length }, () => (pieces[below(pieces.length)] ?? String)()).join("");
  }
}

/** The length that X's published library gives, line ends being line feeds as the composer has them. */
export const judged = (text: string): number =>
  twitterText.parseTweet(text.replace(/\r\n?/g, "\n")).weightedLength;

if (argv[1] === fileURLToPath(import.meta.url)) {
  const rows = [...generatedTexts(COMMITTED_SEED, COMMITTED_COUNT)].map((text) =>
    JSON.stringify([text, judged(text)]),
  );
  writeFileSync(TARGET, `[\n${rows.join(",\n")}\n]\n`);
}
