/** Addresses: where a platform lives, live or simulated, and which pages carry our scripts. */

import type { LeasedJob, Locators, Platform } from "./contract/types.ts";

/** The platform's own site, or its simulation at the broker. */
export function baseUrl(
  job: Pick<LeasedJob, "sandbox">,
  platform: Platform,
  broker: string,
): string {
  return job.sandbox ? simulation(broker, platform) : `https://${platform.hosts[0]}`;
}

/** One of the platform's pages; null when it has none of that name. */
export function pageUrl(
  base: string,
  { paths }: Locators,
  page: string,
  fill: Readonly<Record<string, string>> = {},
): string | null {
  const path = paths[page];
  if (path === undefined) return null;
  return (
    base + path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(fill[name] ?? ""))
  );
}

/** The page on which a job begins: the one its target has, or the plain composer. */
export function startUrl(base: string, locators: Locators, job: LeasedJob): string | null {
  const fill = wordsOf(job.options);
  if (job.kind === "check") {
    return pageUrl(base, locators, "check") ?? pageUrl(base, locators, "compose");
  }
  if (job.kind === "group_search") return pageUrl(base, locators, "groupSearch", fill);
  if (job.kind === "comment") return answeredUrl(base, locators, fill["targetId"] ?? "");
  const page = isForGroup(job)
    ? "group"
    : isReply(job) && "reply" in locators.paths
      ? "reply"
      : "compose";
  return pageUrl(base, locators, page, fill);
}

/** The post that a comment goes under, or the comment under it that it answers. */
function answeredUrl(base: string, locators: Locators, targetId: string): string | null {
  const [post = "", comment] = targetId.split("/");
  return comment === undefined
    ? pageUrl(base, locators, "comment", { post })
    : pageUrl(base, locators, "answer", { post, comment });
}

/**
 * The pages on which the account's own posts of a job's target are listed; together they are the whole list.
 * Those that wait come first: their authors see them elsewhere as if they were live.
 */
export function listUrls(
  base: string,
  locators: Locators,
  job: LeasedJob,
  handle: string,
): (string | null)[] {
  const fill = { ...wordsOf(job.options), handle };
  const pages = isForGroup(job) ? ["groupPending", "groupPosted"] : [ownList(locators, job)];
  return pages.map((page) => pageUrl(base, locators, page, fill));
}

/** Some sites list an account's answers apart, some list its posts best for itself. */
function ownList({ paths }: Locators, job: LeasedJob): string {
  if (isReply(job) && "replies" in paths) return "replies";
  return "posts" in paths ? "posts" : "profile";
}

export const isForGroup = ({ options }: LeasedJob): boolean =>
  typeof options?.["groupId"] === "string";

/** A part of a thread answers the part before it. */
const isReply = ({ options }: LeasedJob): boolean => typeof options?.["targetId"] === "string";

const wordsOf = (options: LeasedJob["options"]): Record<string, string> =>
  Object.fromEntries(
    Object.entries(options ?? {}).filter(
      (option): option is [string, string] => typeof option[1] === "string",
    ),
  );

/** What a live URL says: the post's id, its author where the platform's addresses name one, and its one spelling. */
export interface Permalink {
  handle: string | null;
  postId: string;
  url: string;
}

/** Reads a live URL below `base`; null for anything that is not the platform's permalink. */
export function readPermalink(
  url: string,
  base: string,
  { permalinks }: Platform,
): Permalink | null {
  if (!url.startsWith(`${base}/`)) return null;
  const path = url.slice(base.length).replace(/[?#].*$/, "");
  for (const pattern of permalinks) {
    const { handle, id } = new RegExp(pattern).exec(path)?.groups ?? {};
    if (id !== undefined) return { handle: handle ?? null, postId: id, url: base + path };
  }
  return null;
}

/** Where the network listener runs: the platform's composer, live and simulated. */
export function composerMatches(
  platform: Platform,
  { paths }: Locators,
  brokers: readonly string[],
): string[] {
  const compose = paths["compose"];
  if (compose === undefined) return [];
  const live = platform.hosts.map((host) => `https://${host}`);
  return [...live, ...brokers.map((broker) => simulation(broker, platform))].map(
    (base) => `${base}${compose}*`,
  );
}

/** Where the one-click pairing button may stand. */
export const dashboardMatches = (brokers: readonly string[]): string[] =>
  brokers.map((broker) => `${broker}/dashboard/browsers*`);

export const isLoopback = (origin: string): boolean =>
  ["127.0.0.1", "localhost"].includes(new URL(origin).hostname);

/** Patterns name no port: they match every one. */
export const withoutPort = (origin: string): string => {
  const { protocol, hostname } = new URL(origin);
  return `${protocol}//${hostname}`;
};

const simulation = (broker: string, { id }: Platform): string => `${broker}/sandbox/${id}`;
