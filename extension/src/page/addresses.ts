/** Addresses and handles as platforms write them. */

/** Paths are written as on the live site; the simulation lives below a path of its own. */
export function pathBelow(base: string, path: string): string {
  const prefix = new URL(base).pathname.replace(/\/$/, "");
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path === prefix ? "/" : path;
}

export function isOneOf(patterns: readonly string[] | undefined, path: string): boolean {
  return (patterns ?? []).some((pattern) => new RegExp(pattern).test(path));
}

export const bare = (handle: string): string => handle.replace(/^@/, "");

export const isSameHandle = (one: string, other: string): boolean =>
  bare(one).toLowerCase() === bare(other).toLowerCase();
