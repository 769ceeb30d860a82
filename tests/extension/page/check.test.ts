// @vitest-environment jsdom

import { beforeEach, expect, test } from "vitest";
import type { CheckReport, LocatorCheck, Locators } from "../../../extension/src/contract/types.ts";
import { check } from "../../../extension/src/page/check.ts";
import type { Finding } from "../../../extension/src/platforms/adapter.ts";
import { adapter as x } from "../../../extension/src/platforms/x.ts";
import xLocators from "../../../shared/locators/x.json" with { type: "json" };
import { FakePage, inTime, jobsLike, setUpPages } from "../doubles/adapting.ts";

const BASE = "http://localhost/sandbox/x";
const job = jobsLike({ platform: "x", text: "", account: null })({ kind: "check" });
const BUNDLED = xLocators as Locators;
const PACK: Locators = {
  ...BUNDLED,
  version: "2027.01.01",
  locators: {
    ...BUNDLED.locators,
    postButton: { candidates: ["#send", "button"], labels: { en: ["Send*"] }, scope: "dialog" },
  },
};

let clicks = 0;

function show(button: string): void {
  document.body.innerHTML = `
    <a data-testid="AppTabBar_Profile_Link" href="${BASE}/ada">Ada</a>
    <div data-testid="sheetDialog"><button data-testid="app-bar-close">Close</button></div>
    <div role="dialog">
      <div data-testid="tweetTextarea_0" role="textbox" contenteditable="true"></div>
      <input type="file" data-testid="fileInput" hidden>
      ${button}
    </div>`;
  clicks = 0;
  document.body.addEventListener("click", () => (clicks += 1));
}

async function found(): Promise<CheckReport> {
  const finding: Finding = await inTime(
    check(x, new FakePage({ url: "", status: 0, body: null }), { kind: "check", job, base: BASE }),
  );
  if (finding.kind !== "done") throw new Error(finding.kind);
  return finding.details["check"] as CheckReport;
}

const row = ({ locators }: CheckReport, name: string): LocatorCheck | undefined =>
  locators.find((each) => each.name === name);

setUpPages();
beforeEach(() => history.replaceState(null, "", "/sandbox/x/compose/post"));

test("each locator has the candidate that found something, and nothing is pressed", async () => {
  show(`<button data-testid="tweetButtonInline">Post</button>`);
  x.site.adopt(null);
  const report = await found();
  expect(report).toMatchObject({ session: "in", account: "ada", signed: false });
  expect(report.locators).toHaveLength(Object.keys(BUNDLED.locators).length);
  expect(row(report, "postButton")).toEqual({
    ...{ name: "postButton", expected: true },
    ...{ candidate: 2, selector: "[data-testid='tweetButtonInline']" },
  });
  expect(row(report, "fileInput")).toMatchObject({ candidate: 1 });
  expect(row(report, "toast")).toEqual({ name: "toast", expected: false });
  expect(clicks).toBe(0);
});

test("what is not found is said, after it was waited for", async () => {
  show(`<button data-testid="other">Post</button>`);
  x.site.adopt(null);
  expect(row(await found(), "postButton")).toEqual({ name: "postButton", expected: true });
});

test("a signed pack is what is checked, until there is none any more", async () => {
  show(`<button data-testid="other">Send it</button>`);
  x.site.adopt(PACK);
  const signed = await found();
  expect([signed.version, signed.signed]).toEqual(["2027.01.01", true]);
  expect(row(signed, "postButton")).toMatchObject({ candidate: 2, selector: "button" });
  x.site.adopt(null);
  const bundled = await found();
  expect([bundled.version, bundled.signed]).toEqual([BUNDLED.version, false]);
});

test("where nobody is logged in nothing is waited for", async () => {
  document.body.innerHTML = `<a href="/login" data-testid="loginButton">Log in</a>`;
  const report = await found();
  expect([report.session, report.account]).toEqual(["out", null]);
});

test("a page that says nothing of anybody is no answer", async () => {
  document.body.innerHTML = "";
  expect((await found()).session).toBe("unknown");
});
