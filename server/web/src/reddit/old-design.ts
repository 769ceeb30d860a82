/** The older design: plain HTML with class names. */

import { at, shell } from "../kit/shell.ts";
import { plainField, Press } from "./composer.ts";
import { button, draw, paragraphs } from "./drawing.ts";
import { switches, type Comment, type Thread } from "./site-api.ts";
import { words } from "./words.ts";

export function app(...inside: readonly Node[]): HTMLElement {
  const person = shell.account;
  const user =
    person === null
      ? draw("a", { class: "login-required", href: at("/login/") }, words.logIn)
      : draw("a", { href: at(`/user/${person.handle}/`) }, person.handle);
  return draw(
    "div",
    {},
    draw("div", { id: "header-bottom-right" }, draw("span", { class: "user" }, user)),
    draw("div", { class: "content", role: "main" }, ...inside),
  );
}

export function thread(found: Thread, onPosted: () => void): HTMLElement[] {
  const thing = `t3_${found.id}`;
  const isRemoved = found.state === "removed";
  const entry = draw("div", { class: "entry" }, draw("a", { class: "title" }, found.title));
  if (isRemoved) entry.append(draw("span", { class: "removed-text" }, words.removed));
  const post = draw(
    "div",
    { class: "thing link", "data-fullname": thing, "data-permalink": `${at(found.path)}/` },
    entry,
  );
  const area = draw("div", { class: "commentarea" });
  if (found.state === "locked") area.append(draw("div", { class: "locked-infobar" }, words.locked));
  if (found.state === "archived") {
    area.append(draw("div", { class: "archived-infobar" }, words.archived));
  }
  const isOpen = found.state === "open" && shell.account !== null;
  if (isOpen) area.append(form(thing, onPosted));
  const under = (parent: string | null): HTMLElement[] =>
    found.comments.filter((each) => each.parent === parent).map(nest);
  const nest = (each: Comment): HTMLElement => comment(each, isOpen, under(each.id), onPosted);
  area.append(draw("div", { class: "sitetable nestedlisting" }, ...under(null)));
  return [post, area];
}

function comment(
  found: Comment,
  isOpen: boolean,
  answers: readonly HTMLElement[],
  onPosted: () => void,
): HTMLElement {
  const element = listed(found);
  const child = draw("div", { class: "child" });
  if (isOpen) {
    const open = () => child.prepend(form(`t1_${found.id}`, onPosted));
    const reply = draw(
      "li",
      { class: "reply-button" },
      button({ class: "reply" }, words.reply, open),
    );
    element.append(draw("ul", { class: "flat-list buttons" }, reply));
  }
  child.append(...answers);
  element.append(child);
  return element;
}

/** A comment, as lists of an account show it as well. */
export const listed = (found: Comment): HTMLElement =>
  draw(
    "div",
    {
      class: "thing comment",
      "data-fullname": `t1_${found.id}`,
      "data-author": found.author,
      "data-permalink": at(found.path),
    },
    draw("p", { class: "tagline" }, found.author, draw("time", { datetime: found.at })),
    draw(
      "div",
      { class: "usertext-body" },
      draw("div", { class: "md" }, ...paragraphs(found.paragraphs)),
    ),
  );

function form(thing: string, onPosted: () => void): HTMLElement {
  const status = draw("span", { class: "error" });
  const field = draw("textarea", { name: "text" }) as HTMLTextAreaElement;
  const save = button({ type: "submit", class: "save" }, sendWords(), () => {
    void press.press(thing, "markdown", onPosted);
  });
  const press = new Press(save, status);
  plainField(field, (text) => press.hear(text));
  const edit = draw("div", { class: "usertext-edit" }, field, save, status);
  return draw("form", { class: "usertext cloneable" }, edit);
}

const sendWords = (): string => (switches.no_landmarks ? "➤" : words.save);
