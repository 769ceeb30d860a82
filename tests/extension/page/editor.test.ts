// @vitest-environment jsdom

import { beforeEach, describe, expect, test } from "vitest";
import {
  canonicalText,
  pasteText,
  readDraft,
  readParagraphs,
  textSha256,
  writeParagraphs,
} from "../../../extension/src/page/editor.ts";
import { installPage, makeEditor, type Paste } from "../doubles/page.ts";

let editor: HTMLElement;
let pastes: Paste[];

beforeEach(() => {
  installPage();
  document.body.innerHTML = `<div contenteditable="true" tabindex="0"></div>`;
  editor = document.querySelector("div") as HTMLElement;
  pastes = [];
  makeEditor(editor, (paste) => {
    pastes.push(paste);
    return paste.plain;
  });
});

test("what was pasted is read back block by block", () => {
  const text = "One 👩‍👩‍👧\n\nThree & <b>four</b>";
  expect(pasteText(editor, text, "rich")).toBe(true);
  expect(readDraft(editor)).toBe(text);
});

test("a rich paste carries each line as a paragraph, and no markup of the text's own", () => {
  pasteText(editor, "a <b>\n\nc", "rich");
  expect(pastes[0]?.html).toBe("<p>a &lt;b&gt;</p><p><br></p><p>c</p>");
});

test("a plain paste carries no markup", () => {
  pasteText(editor, "a", "plain");
  expect(pastes[0]).toEqual({ plain: "a", html: "" });
});

test("text that stands beside the editor's leaves is not read", () => {
  pasteText(editor, "a", "rich");
  editor.prepend(
    Object.assign(document.createElement("div"), { textContent: "What's happening?" }),
  );
  expect(readDraft(editor)).toBe("a");
});

test("an element that takes no paste says so", () => {
  const deaf = document.createElement("div");
  expect(pasteText(deaf, "a", "rich")).toBe(false);
});

describe("an editor of paragraphs", () => {
  test.each([
    ["<p>One</p><p><br></p><p>Three</p>", "One\n\nThree"],
    ["<p>a <strong>#tag</strong> b</p>", "a #tag b"],
    ["<p>a<span class='ql-cursor'>\uFEFF</span></p>", "a"],
    ["<p><span>a</span><br><span>b</span><br><br></p>", "a\nb\n"],
    ["<p><br></p>", ""],
    ["", ""],
  ])("that holds %s is read as %j", (html, text) => {
    editor.innerHTML = html;
    expect(readParagraphs(editor)).toBe(text);
  });

  test("is written line by line, and told of it", () => {
    let told = 0;
    editor.addEventListener("input", () => told++);
    writeParagraphs(editor, "a <b>\n\nc");
    expect([editor.innerHTML, told]).toEqual(["<p>a &lt;b&gt;</p><p><br></p><p>c</p>", 1]);
    expect(readParagraphs(editor)).toBe("a <b>\n\nc");
  });
});

describe("the hash of a text", () => {
  test("is that of its UTF-8 bytes", async () => {
    expect(await textSha256("Hello")).toBe(
      "185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969",
    );
  });

  test("does not depend on how accents and line ends are written", async () => {
    expect(canonicalText("e\u0301\r\n\r")).toBe("\u00e9\n\n");
    expect(await textSha256("e\u0301\r\nb")).toBe(await textSha256("\u00e9\nb"));
  });
});
