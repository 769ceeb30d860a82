// Selectors and patterns are held against a document as well.
// @vitest-environment jsdom

import { describe, expect, test } from "vitest";
import { isNewer, openPack, PackRefused } from "../../../extension/src/background/packs.ts";
import { problemOfPattern } from "../../../extension/src/background/patterns.ts";
import { problemOfCandidate } from "../../../extension/src/background/selectors.ts";
import { CATALOGUE } from "../../../extension/src/contract/catalogue.ts";
import type { LocatorPack, Locators } from "../../../extension/src/contract/types.ts";
import packs from "../../../shared/examples/packs.json" with { type: "json" };
import patterns from "../../../shared/examples/patterns.json" with { type: "json" };
import selectors from "../../../shared/examples/selectors.json" with { type: "json" };

const bundled = packs.bundled as unknown as Locators;

interface Example {
  why: string;
  pack: LocatorPack;
  refused?: string;
}

test.each(packs.packs as Example[])("$why", async ({ pack, refused }) => {
  const opened = openPack(pack, bundled, packs.keys);
  if (refused === undefined) {
    expect(await opened).toEqual(JSON.parse(pack.payload));
  } else {
    await expect(opened).rejects.toThrow(PackRefused);
    await expect(opened).rejects.toThrow(refused);
  }
});

test("without a way to check signatures no pack is taken", async () => {
  const [{ pack }] = packs.packs as [Example];
  const keys = [{ ...packs.keys[0], publicKey: "AAAA" }] as typeof packs.keys;
  await expect(openPack(pack, bundled, keys)).rejects.toThrow("cannot check signatures");
});

test.each([
  ["2026.12.01", "2026.11.24", true],
  ["2026.11.24", "2026.11.24", false],
  ["2026.11.24", "2026.12.01", false],
  ["2026.11.24.2", "2026.11.24", true],
  ["2026.11.24", "2026.11.24.1", false],
  ["2026.11.24.10", "2026.11.24.9", true],
  ["2027.01.01", "2026.11.24.9", true],
])("%s is newer than %s: %s", (version, than, newer) => {
  expect(isNewer(version, than)).toBe(newer);
});

describe("selectors", () => {
  test.each(selectors.valid)("%s is one, for a document too", (candidate) => {
    expect(problemOfCandidate(candidate)).toBeNull();
    for (const part of candidate.split(" >>> ")) document.querySelector(part);
  });

  test.each(selectors.invalid)("%j is none", (candidate) => {
    expect(problemOfCandidate(candidate)).toContain("no selector from character");
  });

  test.each(Object.entries(CATALOGUE))("all that is bundled for %s are", (_, entry) => {
    const { locators, dismiss = [] } = entry?.locators as Locators;
    const all = [...Object.values(locators).flatMap(({ candidates }) => candidates), ...dismiss];
    expect(all.map(problemOfCandidate).filter(Boolean)).toEqual([]);
  });
});

describe("patterns", () => {
  test.each(patterns.valid)("%s may be used", (pattern) => {
    expect(problemOfPattern(pattern)).toBeNull();
    expect(new RegExp(pattern)).toBeInstanceOf(RegExp);
  });

  test.each(patterns.invalid)("%s may not", (pattern) => {
    expect(problemOfPattern(pattern)).toContain("pattern");
  });
});
