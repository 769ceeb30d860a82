/** Groups that a search finds: what each card says, and what the page's data says of the same group. */

import { pathBelow } from "../../page/addresses.ts";
import { readableText, waitFor } from "../../page/dom.ts";
import type { Errand, Finding, Page } from "../adapter.ts";
import { STATES } from "./groups.ts";
import { groups } from "./page-data.ts";
import { enter } from "./session.ts";
import { controls, wait } from "./site.ts";

const RESULTS_MAX = 50;
const RESULTS = 20;
/** A list that grows when it is scrolled is given so many chances, each of so many seconds. */
const SCROLLS_MAX = 6;
const SCROLL_SECONDS = 2;

const MEMBERS = /([\d.,]+)\s*(K|M|mil|万|萬)?\s*(?:members?\b|miembros?\b|位?成员|位?成員)/i;
const ACTIVITY =
  /(\d+)\+?\s*(?:posts?\s+an?|publicaci(?:ón|ones)\s+(?:al|por)|篇帖子\/)\s*(day|week|month|year|día|semana|mes|año|天|周|月|年)/i;
const MULTIPLES: Readonly<Record<string, number>> = {
  K: 1e3,
  M: 1e6,
  MIL: 1e3,
  万: 1e4,
  萬: 1e4,
};
const DAYS: Readonly<Record<string, number>> = {
  ...{ day: 1, week: 7, month: 30, year: 365 },
  ...{ día: 1, semana: 7, mes: 30, año: 365 },
  ...{ 天: 1, 周: 7, 月: 30, 年: 365 },
};
export async function search(page: Page, errand: Errand & { kind: "search" }): Promise<Finding> {
  const entered = await enter(page, errand);
  if ("kind" in entered) return entered;
  await page.step("confirm");
  const wished = errand.job.options?.["limit"];
  const limit = Math.min(typeof wished === "number" ? wished : RESULTS, RESULTS_MAX);
  const cards = (): HTMLElement[] => controls.all("groupCard");
  const isRendered = (): true | null =>
    cards().length > 0 || controls.find("noGroups") !== null || null;
  if (!(await waitFor(isRendered, wait(page, "session")))) throw controls.missing("groupCard");
  for (let scrolls = 0; scrolls < SCROLLS_MAX && cards().length < limit; scrolls++) {
    const before = cards().length;
    cards().at(-1)?.scrollIntoView();
    const hasGrown = (): true | null => cards().length > before || null;
    if (!(await waitFor(hasGrown, { seconds: SCROLL_SECONDS, signal: page.signal }))) break;
  }
  const found = new Map(cards().flatMap((card) => readCard(errand.base, card)));
  return {
    kind: "done",
    details: { groupSearch: { results: [...found.values()].slice(0, limit) } },
  };
}

function readCard(base: string, card: HTMLElement): [string, Record<string, unknown>][] {
  const links = controls.all("groupLink", card);
  const link = links.find((each) => each.textContent.trim() !== "");
  if (!(link instanceof HTMLAnchorElement)) return [];
  const [, named] =
    /^\/groups\/([^/]+)\/?$/.exec(pathBelow(base, new URL(link.href).pathname)) ?? [];
  if (named === undefined) return [];
  const isNumber = /^\d+$/.test(named);
  const facts = controls.all("groupFacts", card).map(readableText).join("\n");
  const data = isNumber ? groups().find(({ id }) => id === named) : undefined;
  const members = memberCount(facts);
  const [activityHint, count, unit] = ACTIVITY.exec(facts) ?? [];
  const days = DAYS[unit?.toLowerCase() ?? ""];
  return [
    [
      named,
      {
        name: link.textContent.trim().slice(0, 300),
        url: `${base}/groups/${named}`,
        ...(isNumber ? { platformId: named } : { slug: named }),
        privacy: privacy(card),
        ...(members !== null && { memberCount: members }),
        ...(activityHint !== undefined && { activityHint }),
        ...(days !== undefined && { activityPerDay: Number(count) / days }),
        joinStatus: (data && STATES[data.joinState]) ?? statusOn(card),
      },
    ],
  ];
}

function privacy(card: HTMLElement): string {
  if (controls.find("groupPrivate", card) !== null) return "private";
  return controls.find("groupPublic", card) === null ? "unknown" : "public";
}

function statusOn(card: HTMLElement): string {
  if (controls.find("cardRequested", card) !== null) return "requested";
  if (controls.find("cardJoin", card) !== null) return "not_member";
  return controls.find("cardJoined", card) === null ? "unknown" : "joined";
}

/** Large numbers are shortened, with a point or a comma before the rest. */
function memberCount(facts: string): number | null {
  const [, digits = "", multiple] = MEMBERS.exec(facts) ?? [];
  if (digits === "") return null;
  const times = multiple === undefined ? 1 : (MULTIPLES[multiple.toUpperCase()] ?? 1);
  const number = times === 1 ? digits.replace(/[.,]/g, "") : digits.replace(",", ".");
  return Math.round(Number(number) * times);
}
