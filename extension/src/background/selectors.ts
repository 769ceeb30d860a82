/**
 * Is a selector one that locators may use: a part of CSS that every browser reads alike.
 *
 * A worker has no document to ask. The broker's command line checks packs by the same rules
 * (`server/postbroker/domain/selectors.py`); shared/examples/selectors.json holds both to them.
 */

const PIERCING = " >>> ";
/** How deep `:is()`, `:not()` and the like may lie in each other. */
const DEPTH_MAX = 5;

const SPACE = / */y;
const COMBINATOR = / *[>+~] *| +(?![,)]|$)/y;
const TYPE = /\*|[A-Za-z][A-Za-z0-9-]*/y;
const NAME = "-?[A-Za-z_][\\w-]*";
const VALUE = `(?:'[^'\\\\\\n]*'|"[^"\\\\\\n]*"|${NAME})`;
const SIMPLE = new RegExp(
  [
    `[.#]${NAME}`,
    `\\[ *[A-Za-z_][\\w-]* *(?:[~|^$*]?= *${VALUE} *[is]? *)?\\]`,
    ":(?:(?:first|last|only)-child|(?:first|last)-of-type|empty|enabled|disabled|checked)(?![\\w(-])",
    ":nth-(?:last-)?(?:child|of-type)\\( *(?:odd|even|[0-9]{1,3}|-?[0-9]{0,3}n(?:[+-][0-9]{1,3})?) *\\)",
  ].join("|"),
  "y",
);
const OPENING = /:(?:is|where|not|has)\(/y;
const CLOSING = /\)/y;
const COMMA = /,/y;

/** Why a locator's candidate is none; null where each part of it is a selector. */
export function problemOfCandidate(candidate: string): string | null {
  for (const part of candidate.split(PIERCING)) {
    const reader = new Reader(part);
    if (!reader.readsList() || !reader.isAtEnd) {
      return `${JSON.stringify(part)} is no selector from character ${reader.at + 1} on`;
    }
  }
  return null;
}

/** Reads a selector from left to right; each step says whether it found what must be there. */
class Reader {
  at = 0;
  readonly #text: string;
  #depth = 0;
  #isInHas = false;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.at === this.#text.length;
  }

  /** Selectors with commas between them; relative ones may begin with a combinator. */
  readsList(isRelative = false): boolean {
    do {
      this.#take(SPACE);
      if (isRelative) this.#take(COMBINATOR);
      do if (!this.#readsCompound()) return false;
      while (this.#take(COMBINATOR));
      this.#take(SPACE);
    } while (this.#take(COMMA));
    return true;
  }

  #readsCompound(): boolean {
    const start = this.at;
    this.#take(TYPE);
    for (;;) {
      if (this.#take(SIMPLE)) continue;
      const opening = this.#take(OPENING);
      if (!opening) return this.at > start;
      if (!this.#readsFunction(opening === ":has(")) return false;
    }
  }

  /** What a function holds; browsers refuse `:has()` within `:has()`. */
  #readsFunction(isHas: boolean): boolean {
    const wasInHas = this.#isInHas;
    if ((isHas && wasInHas) || this.#depth === DEPTH_MAX) return false;
    this.#depth += 1;
    this.#isInHas = isHas || wasInHas;
    const isWell = this.readsList(isHas);
    this.#depth -= 1;
    this.#isInHas = wasInHas;
    return isWell && this.#take(CLOSING) !== "";
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [found = ""] = pattern.exec(this.#text) ?? [];
    this.at += found.length;
    return found;
  }
}
