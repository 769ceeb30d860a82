// @vitest-environment jsdom

import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CATALOGUE } from "../../../extension/src/contract/catalogue.ts";
import { isLocators, isPlatform } from "../../../extension/src/contract/validators.js";
import { composerMatches, pageUrl, readPermalink } from "../../../extension/src/places.ts";
import type { Adapter } from "../../../extension/src/platforms/adapter.ts";

const folder = `${import.meta.dirname}/../../../extension/src/platforms`;
const ids = readdirSync(folder)
  .filter((file) => file.endsWith(".ts") && file !== "adapter.ts")
  .map((file) => file.replace(/\.ts$/, ""));

describe.each(ids)("the adapter %s", (id) => {
  const load = async (): Promise<Adapter> =>
    ((await import(`../../../extension/src/platforms/${id}.ts`)) as { adapter: Adapter }).adapter;

  test("is for the platform that its file is named after", async () => {
    const { platform, locators } = (await load()).site;
    expect([platform.id, locators.platform]).toEqual([id, id]);
    expect(isPlatform(platform) && isLocators(locators)).toBe(true);
    expect(CATALOGUE[id]?.platform).toEqual(platform);
  });

  test("presses nothing itself", () => {
    const source = readFileSync(`${folder}/${id}.ts`, "utf8");
    expect(source).not.toMatch(/\.click\(|\.submit\(|requestSubmit|KeyboardEvent/);
  });

  test("has a place to compose, a profile, and permalinks that it can read back", async () => {
    const { platform, locators } = (await load()).site;
    const base = `https://${platform.hosts[0] ?? ""}`;
    expect(composerMatches(platform, locators, ["http://127.0.0.1"])).toHaveLength(
      platform.hosts.length + 1,
    );
    expect(pageUrl(base, locators, "profile", { handle: "ada" })).toContain("ada");
    // Author and id alone do not make every platform's addresses.
    const link = pageUrl(base, locators, "permalink", { handle: "ada", id: "42" });
    if (link === null) return;
    expect(readPermalink(link, base, platform)).toMatchObject({ postId: "42", url: link });
    expect(readPermalink(link, "https://elsewhere.example", platform)).toBeNull();
  });
});
