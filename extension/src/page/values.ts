/** Reads what a page or its answers say, of which nothing is sure. */

/** What stands at a path of keys; undefined where anything on the way is missing. */
export function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null
        ? (inner as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

/** The value as a record of keys; an empty one for anything else. */
export const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

/** A cookie that the page may read; empty where there is none. */
export function cookieOf(name: string): string {
  const cookie = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return (cookie ?? "").slice(`${name}=`.length);
}
