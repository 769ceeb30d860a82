import { describe, expect, test } from "vitest";
import { isSameText } from "../../../extension/src/page/matching.ts";

const LONG = "https://example.com/a/very/long/path/that/goes/on?x=1&y=2";

describe("a live text is the job's", () => {
  test.each([
    ["as it is", "Hello world", "Hello world"],
    ["with other white space", "Hello\n\nworld", "Hello world"],
    ["with an accent written in two characters", "caf\u00e9", "cafe\u0301"],
    ["without its zero-width and bidirectional marks", "a\u200Bb \u202Ac\u202C", "ab c"],
    ["without an emoji's variation selector", "I \u2764\uFE0F it", "I \u2764 it"],
    ["with a link without its protocol", "see https://example.com/a", "see example.com/a"],
    ["with a link without www and last slash", "see https://www.example.com/", "see example.com"],
    ["with a link that is cut", `see ${LONG} now`, "see example.com/a/very/long/pat… now"],
    ["with a cut link in brackets", `(${LONG}).`, "(example.com/a/very/lo…)."],
    ["with a hidden protocol before a cut link", `see ${LONG}`, "see https://example.com/a/ve…"],
    ["with a short link of the platform's own", `see ${LONG}.`, "see https://lnkd.in/eAb-1_2."],
    ["with an ellipsis of its own", "wait… what", "wait… what"],
  ])("%s", (_, wanted, live) => expect(isSameText(wanted, live)).toBe(true));
});

describe("a live text is another", () => {
  test.each([
    ["with another word", "Hello world", "Hello there"],
    ["with more behind it", "Hello", "Hello world"],
    ["that is only the beginning", "Hello world", "Hello"],
    ["with a word cut that is no link", "Hello wonderful world", "Hello won… world"],
    ["with a cut link to another place", `see ${LONG}`, "see example.org/a/very…"],
    ["with a short link where none was", "see this", "see https://lnkd.in/eAb12"],
    ["with words on a short link", `see ${LONG}`, "see https://lnkd.in/eAb12/more"],
    ["that is empty", "Hello", ""],
    ["in other case", "Hello", "hello"],
  ])("%s", (_, wanted, live) => expect(isSameText(wanted, live)).toBe(false));
});
