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
