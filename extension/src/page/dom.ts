/** Finds controls by a platform's locators and waits for what a page will show. */

import type { Locator, Locators } from "../contract/types.ts";

/** The broker has taken the job back, or the worker has given up on this page. */
export class Stopped extends Error {}

/** A control was not found: the page has changed, or shows something else than it should. */
export class ControlMissing extends Error {
  readonly details: Record<string, unknown>;

  constructor(locator: string, candidates: readonly string[]) {
    super(`The control "${locator}" was not found.`);
    this.details = { locator, candidates, path: location.pathname, outline: outline() };
  }
}

/** The locators of all platforms under which stands what publishes. */
const PUBLISHING: ReadonlySet<string> = new Set(["postButton", "joinButton"]);
const PIERCING = " >>> ";
const WATCHED: MutationObserverInit = {
  subtree: true,
  childList: true,
  attributes: true,
  characterData: true,
};

const OUTLINE_ELEMENTS = 120;
const OUTLINE_CHARACTERS = 6000;

/** Messages of the worker; a wait looks at the clock at each, since a hidden tab's timers come late. */
const pulses = new EventTarget();

export const pulse = (): boolean => pulses.dispatchEvent(new Event("pulse"));

/** All controls of one page, by their names. */
export class Controls {
  readonly #locators: Locators;

  constructor(locators: Locators) {
    this.#locators = locators;
  }

  /** The first visible match of the best candidate that has one. */
  find(name: string, within?: ParentNode): HTMLElement | null {
    const locator = this.#named(name);
    const root = within ?? this.#scopeOf(locator);
    if (root === null) return null;
    return this.#matches(locator, root)[0] ?? null;
  }

  /** The first match of the best candidate that has one, visible or not: pages hide their file inputs. */
  first(name: string): HTMLElement | null {
    const locator = this.#named(name);
    const root = this.#scopeOf(locator);
    return root === null ? null : (this.#matches(locator, root, any)[0] ?? null);
  }

  /** Every visible match of the best candidate that has one. */
  all(name: string, within?: ParentNode): HTMLElement[] {
    const locator = this.#named(name);
    const root = within ?? this.#scopeOf(locator);
    return root === null ? [] : this.#matches(locator, root);
  }

  /** Which candidate finds something on the page, visible or not, by its place; -1 for none. */
  matching(name: string): number {
    const locator = this.#named(name);
    const root = this.#scopeOf(locator);
    if (root === null) return -1;
    return locator.candidates.findIndex(
      (candidate) => this.#matches({ ...locator, candidates: [candidate] }, root, any).length > 0,
    );
  }

  /** Uses a control that only opens something or goes on; what publishes is pressed by `page.press` alone. */
  use(name: string, element: HTMLElement | null = this.find(name)): void {
    if (PUBLISHING.has(name)) throw new Error(`"${name}" is pressed by leave only.`);
    if (element === null) throw this.missing(name);
    element.click();
  }

  async wait(name: string, wait: Wait): Promise<HTMLElement> {
    const element = await waitFor(() => this.find(name), wait);
    if (element === null) throw this.missing(name);
    return element;
  }

  missing(name: string): ControlMissing {
    return new ControlMissing(name, this.#named(name).candidates);
  }

  /** Closes pop-ups, by one button each; never by one that publishes. */
  dismiss(): void {
    for (const css of this.#locators.dismiss ?? []) {
      const button = deepAll(document, css).find(isVisible);
      if (button !== undefined && !this.#publishes(button)) button.click();
    }
  }

  #publishes(button: HTMLElement): boolean {
    return [...PUBLISHING].some(
      (name) => name in this.#locators.locators && this.all(name).includes(button),
    );
  }

  #matches(
    locator: Locator,
    root: ParentNode,
    isWanted: (element: HTMLElement) => boolean = isVisible,
  ): HTMLElement[] {
    const labels = locator.labels && Object.values(locator.labels).flat().map(plainWords);
    for (const candidate of locator.candidates) {
      const elements = deepAll(root, candidate).filter(
        (element) => isWanted(element) && (!labels || isCalled(element, labels)),
      );
      if (elements.length > 0) return elements;
    }
    return [];
  }

  #named(name: string): Locator {
    const locator = this.#locators.locators[name];
    if (locator === undefined) throw new Error(`There is no locator "${name}".`);
    return locator;
  }

  #scopeOf(locator: Locator): ParentNode | null {
    return locator.scope == null ? document : this.find(locator.scope);
  }
}

export interface Wait {
  seconds: number;
  signal: AbortSignal;
}

/** What `probe` says as soon as it is not null; null when the time is over. Driven by changes, never by counted ticks. */
export async function waitFor<T>(
  probe: () => T | null,
  { seconds, signal }: Wait,
  hear?: (listener: () => void, signal: AbortSignal) => void,
): Promise<T | null> {
  const deadline = performance.now() + seconds * 1000;
  const over = new AbortController();
  try {
    return await new Promise<T | null>((resolve, reject) => {
      const look = (): void => {
        if (over.signal.aborted) return;
        try {
          signal.throwIfAborted();
          const found = probe();
          if (found !== null) resolve(found);
          else if (performance.now() >= deadline) resolve(null);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      const observer = new MutationObserver(look);
      observers.add(observer);
      for (const root of [document, ...entered]) observer.observe(root, WATCHED);
      const timer = setTimeout(look, seconds * 1000);
      over.signal.addEventListener("abort", () => {
        observer.disconnect();
        observers.delete(observer);
        clearTimeout(timer);
      });
      signal.addEventListener("abort", look, { signal: over.signal });
      pulses.addEventListener("pulse", look, { signal: over.signal });
      hear?.(look, over.signal);
      look();
    });
  } finally {
    over.abort();
  }
}

/** Shadow roots that a search has entered: changes within do not show outside, so waits watch them too. */
const entered = new Set<ShadowRoot>();
const observers = new Set<MutationObserver>();

function enter(root: ShadowRoot): void {
  if (entered.has(root)) return;
  entered.add(root);
  for (const observer of observers) observer.observe(root, WATCHED);
}

/** All matches of a candidate, through open shadow roots where it says so. */
function deepAll(root: ParentNode, candidate: string): HTMLElement[] {
  const parts = candidate.split(PIERCING);
  const last = parts.pop() ?? "";
  const roots = parts.reduce<ParentNode[]>(
    (outer, part) =>
      outer
        .flatMap((each) => [...each.querySelectorAll(part)])
        .flatMap(({ shadowRoot }) => {
          if (shadowRoot !== null) enter(shadowRoot);
          return shadowRoot ?? [];
        }),
    [root],
  );
  return roots.flatMap((each) => [...each.querySelectorAll<HTMLElement>(last)]);
}

/** A control is called by its label, or else by what is written on it. */
function isCalled(element: HTMLElement, labels: readonly string[]): boolean {
  const name = plainWords(element.getAttribute("aria-label") ?? element.textContent);
  return labels.some((label) => fits(label, name));
}

/** Sites write the same words with other dots, apostrophes and spaces. */
function plainWords(words: string): string {
  return words.replace(/[‘’]/g, "'").replaceAll("…", "...").replace(/\s+/g, " ").trim();
}

/** `*` is any text. Read once from left to right: no label makes a long text slow. */
function fits(label: string, name: string): boolean {
  const [first = "", ...rest] = label.split("*");
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

const any = (): boolean => true;

export function isVisible(element: HTMLElement): boolean {
  return element.checkVisibility({ visibilityProperty: true });
}

export function isEnabled(button: HTMLElement): boolean {
  return !button.hasAttribute("disabled") && button.getAttribute("aria-disabled") !== "true";
}

/** The text that a person reads: pictures of emoji by their description, line breaks kept. */
export function readableText(node: Node): string {
  return textWithout(node, null);
}

/** The same, where a site keeps words for those who listen in elements that fit `css`. */
export function textWithout(node: Node, css: string | null): string {
  if (node instanceof Text) return node.data;
  if (node instanceof HTMLImageElement) return node.alt;
  if (node instanceof HTMLBRElement) return "\n";
  if (css !== null && node instanceof Element && node.matches(css)) return "";
  return [...node.childNodes].map((child) => textWithout(child, css)).join("");
}

/** What the page is made of, for mending locators: tags, roles and test ids, never a word of its text. */
export function outline(root: Element | null = document.body): string {
  const lines: string[] = [];
  const walk = (element: Element, depth: number): void => {
    if (lines.length >= OUTLINE_ELEMENTS) return;
    const role = element.getAttribute("role");
    const testId = element.getAttribute("data-testid");
    const isTelling =
      role !== null || testId !== null || element.matches("button, input, form, main");
    if (isTelling) {
      const marks = [role && `role=${role}`, testId && `testid=${testId}`].filter(Boolean);
      lines.push(`${" ".repeat(depth)}${[element.localName, ...marks].join(" ")}`);
    }
    for (const child of [...(element.shadowRoot?.children ?? []), ...element.children]) {
      walk(child, isTelling ? depth + 1 : depth);
    }
  };
  if (root !== null) walk(root, 0);
  return lines.join("\n").slice(0, OUTLINE_CHARACTERS);
}
