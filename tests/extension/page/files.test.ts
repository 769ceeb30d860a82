// @vitest-environment jsdom

import { expect, test } from "vitest";
import { attachFiles } from "../../../extension/src/page/files.ts";
import { installPage } from "../doubles/page.ts";

test("files stand in the input before the page hears of a change", () => {
  installPage();
  const input = document.createElement("input");
  input.type = "file";
  // The list of this environment's input takes nothing that the environment has not made.
  Object.defineProperty(input, "files", { writable: true, value: [] });
  const heard: [string, number][] = [];
  for (const name of ["input", "change"]) {
    input.addEventListener(name, () => heard.push([name, input.files?.length ?? 0]));
  }
  attachFiles(input, [new File(["a"], "a.png"), new File(["b"], "b.png")]);
  expect(heard).toEqual([
    ["input", 2],
    ["change", 2],
  ]);
});
