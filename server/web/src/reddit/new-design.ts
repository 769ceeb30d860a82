/** The newer design: web components, some of whose insides are in open shadow roots. */

import { at, shell } from "../kit/shell.ts";
import { plainField, Press } from "./composer.ts";
import { button, draw, drawShadowed, paragraphs } from "./drawing.ts";
import { makeEditor } from "./editor.ts";
import { switches, type Comment, type Mode, type Thread } from "./site-api.ts";
import { words } from "./words.ts";

export function app(...inside: readonly Node[]): HTMLElement {
  const person = shell.account;
  const profile =
    person === null
      ? draw("a", { href: at("/login/") }, words.logIn)
      : draw(
          "faceplate-tracker",
          { noun: "profile" },
          draw("a", { href: at(`/user/${person.handle}/`) }, person.name),
        );
  const marks = person === null ? {} : { "user-logged-in": "true" };
  return draw("shreddit-app", marks, draw("header", {}, profile), draw("main", {}, ...inside));
}

export function thread(found: Thread, onPosted: () => void): HTMLElement[] {
  const thing = `t3_${found.id}`;
  const post = draw(
    "shreddit-post",
    { id: thing, permalink: `${at(found.path)}/` },
    draw("h1", { slot: "title" }, found.title),
  );
  if (found.state === "archived") {
    post.append(draw("div", { slot: "post-archived-banner" }, words.archived));
  } else if (found.state === "locked") {
    post.append(draw("div", { slot: "post-locked-banner" }, words.locked));
  } else if (found.state === "removed") {
    post.append(draw("div", { slot: "post-removed-banner" }, words.removed));
  }
  const isOpen = found.state === "open" && shell.account !== null;
  const under = (parent: string | null): HTMLElement[] =>
    found.comments.filter((each) => each.parent === parent).map(nest);
  const nest = (each: Comment): HTMLElement =>
    comment(each, found, isOpen, under(each.id), onPosted);
  const tree = draw("shreddit-comment-tree", {}, ...under(null));
  return [post, ...(isOpen ? [closedComposer(thing, onPosted)] : []), tree];
}

function comment(
  found: Comment,
  { id: threadId }: Thread,
  isOpen: boolean,
  answers: readonly HTMLElement[],
  onPosted: () => void,
): HTMLElement {
  const thing = `t1_${found.id}`;
  const row = draw("shreddit-comment-action-row", { slot: "actionRow" });
  if (isOpen) {
    const open = () => row.append(openComposer(thing, onPosted));
    row.append(draw("faceplate-tracker", { slot: "comment-reply" }, button({}, words.reply, open)));
  }
  return draw(
    "shreddit-comment",
    {
      thingid: thing,
      author: found.author,
      postid: `t3_${threadId}`,
      parentid: found.parent === null ? `t3_${threadId}` : `t1_${found.parent}`,
      permalink: at(found.path),
    },
    draw("div", { slot: "commentMeta" }, found.author, draw("time", { datetime: found.at })),
    draw(
      "div",
      { slot: "comment", id: `${thing}-comment-rtjson-content` },
      ...paragraphs(found.paragraphs),
    ),
    row,
    ...answers,
  );
}

/** An account's list shows its comments in another element with other names. */
export const listed = ({ id, path, at: time, paragraphs: lines }: Comment): HTMLElement =>
  draw(
    "shreddit-profile-comment",
    { "comment-id": `t1_${id}`, href: `${at(path)}?context=3` },
    draw("faceplate-timeago", { ts: time }),
    draw("div", { id: `t1_${id}-post-rtjson-content` }, ...paragraphs(lines)),
  );

/** A field that only looks like one: a press on it brings the composer. */
function closedComposer(thing: string, onPosted: () => void): HTMLElement {
  const host = draw("comment-composer-host");
  const trigger = drawShadowed(
    "faceplate-textarea-input",
    { "data-testid": "trigger-button", placeholder: words.join },
    draw("span", {}, words.join),
  );
  trigger.addEventListener("click", () => host.replaceChildren(inLoader(thing, onPosted)));
  host.append(trigger);
  return host;
}

const openComposer = (thing: string, onPosted: () => void): HTMLElement =>
  draw("shreddit-async-loader", {}, draw("comment-composer-host", {}, inLoader(thing, onPosted)));

function inLoader(thing: string, onPosted: () => void): HTMLElement {
  const status = draw("p", { role: "alert" });
  let mode: Mode = "richText";
  const submit = button({ type: "submit", slot: "submit-button" }, sendWords(), () => {
    void press.press(thing, mode, onPosted);
  });
  const press = new Press(submit, status);
  const hear = (text: string): void => press.hear(text);
  const slots = ["rte", "submit-button"].map((name) => {
    const slot = document.createElement("slot");
    slot.name = name;
    return slot;
  });
  if (switches.markdown_editor) {
    const field = draw("textarea", { id: "innerTextArea", name: "content" }) as HTMLTextAreaElement;
    mode = plainField(field, hear).mode;
    const inside = drawShadowed("faceplate-textarea-input", { name: "content" }, field);
    const composer = drawShadowed("shreddit-composer", {}, inside, ...slots.slice(1));
    composer.append(submit);
    return draw("faceplate-form", {}, composer, status);
  }
  const box = draw("div", {
    slot: "rte",
    role: "textbox",
    contenteditable: "true",
    "aria-placeholder": words.join,
  });
  makeEditor(box, hear);
  const composer = drawShadowed("shreddit-composer", {}, ...slots);
  composer.append(box, submit);
  return draw("faceplate-form", {}, composer, status);
}

const sendWords = (): string => (switches.no_landmarks ? "➤" : words.comment);
