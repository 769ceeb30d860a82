import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { weightedLength } from "../../extension/src/text-weight.ts";
import { generatedTexts, judged } from "./text/generated-texts.ts";

const SEED = 7;
const COUNT = 4000;
const LONG = 100_000;

interface Case {
  text: string;
  weight: number;
  note: string;
  /** True where the emoji is newer than the published library, which counts its parts. */
  newer?: true;
}

const examples = (name: string): unknown =>
  JSON.parse(
    readFileSync(new URL(`../../shared/examples/text/${name}.json`, import.meta.url), "utf8"),
  );

const cases = examples("x-weighted") as Case[];

describe("weighted length", () => {
  test.each(cases)("of an example is what X shows: $note", ({ text, weight }) => {
    expect(weightedLength(text)).toBe(weight);
  });

  test("of the examples is what the published library says", () => {
    const known = cases.filter((it) => !it.newer);
    expect(known.map((it) => [it.text, it.weight])).toEqual(
      known.map((it) => [it.text, judged(it.text)]),
    );
  });

  test("of the committed texts is what was judged, and still is judged so", () => {
    const rows = examples("x-generated") as [string, number][];
    expect(rows.map(([text]) => [text, weightedLength(text)])).toEqual(rows);
    expect(rows.map(([text]) => [text, judged(text)])).toEqual(rows);
  });

  test("of generated texts is what the published library says", () => {
    const different = [...generatedTexts(SEED, COUNT)]
      .map((text) => ({
        text,
        weight: weightedLength(text),
        judged: judged(text),
      }))
      .filter((it) => it.weight !== it.judged);
    expect(different).toEqual([]);
  });

  test.each([
    ["a.".repeat(LONG / 2), LONG],
    ["中".repeat(LONG) + ".com", 2 * LONG + 4],
    ["中_".repeat(LONG / 2) + ".com", 1.5 * LONG + 4],
    ["example.com ".repeat(LONG / 10), 2.4 * LONG],
    ["👩\u200D".repeat(LONG / 2), 1.5 * LONG],
  ])("of a long text takes time by its length only (%#)", (text, weight) => {
    // A quadratic search would take minutes here.
    expect(weightedLength(text)).toBe(weight);
  });
});
