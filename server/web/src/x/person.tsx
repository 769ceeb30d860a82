/** How a person is drawn. */

import type { Person } from "../kit/shell.ts";

const HUES = [12, 42, 96, 160, 200, 232, 268, 320];

const hueOf = (handle: string): number =>
  HUES[[...handle].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % HUES.length] ?? 200;

export function Avatar({
  person,
  isLarge = false,
}: {
  readonly person: Person;
  readonly isLarge?: boolean;
}) {
  return (
    <span
      className={isLarge ? "avatar large" : "avatar"}
      style={{ "--hue": hueOf(person.handle) } as object}
      aria-hidden="true"
    >
      {person.name.slice(0, 1).toUpperCase()}
    </span>
  );
}
