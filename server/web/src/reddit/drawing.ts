/** Draws elements with the marks by which programs find their way, unless the page is to have none. */

import { switches } from "./site-api.ts";

/** What makes the page work; no mark. */
const NEEDED: ReadonlySet<string> = new Set(["contenteditable", "href", "slot", "type"]);

type Attributes = Readonly<Record<string, string | undefined>>;

/** Without marks every element of the site's own is a plain one. */
export function draw(
  name: string,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElement {
  const isMarked = !switches.no_landmarks;
  const isOwn = name.includes("-");
  const element = document.createElement(isMarked || !isOwn ? name : "div");
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== undefined && (isMarked || NEEDED.has(attribute)))
      element.setAttribute(attribute, value);
  }
  element.append(...children);
  return element;
}

/** An element that keeps its inside in an open shadow root, styled by the page's own sheet. */
export function drawShadowed(
  name: string,
  attributes: Attributes,
  ...inside: readonly (Node | string)[]
): HTMLElement {
  const element = draw(name, attributes);
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = document.querySelector<HTMLLinkElement>("link[rel=stylesheet]")?.href ?? "";
  element.attachShadow({ mode: "open" }).append(style, ...inside);
  return element;
}

export function button(
  attributes: Attributes,
  words: string,
  onPress: () => void,
): HTMLButtonElement {
  const element = draw("button", { type: "button", ...attributes }, words) as HTMLButtonElement;
  element.addEventListener("click", (event) => {
    event.preventDefault();
    onPress();
  });
  return element;
}

export const paragraphs = (lines: readonly string[]): HTMLElement[] =>
  lines.map((line) => draw("p", {}, line));
