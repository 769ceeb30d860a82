/** What jsdom lacks of a browser's page: visibility, the clipboard, and an editor that takes pastes. */

class FakeDataTransfer {
  readonly #data = new Map<string, string>();
  readonly #files: File[] = [];
  readonly items = { add: (file: File): void => void this.#files.push(file) };
  get files(): File[] {
    return this.#files;
  }
  setData(type: string, text: string): void {
    this.#data.set(type, text);
  }
  getData(type: string): string {
    return this.#data.get(type) ?? "";
  }
}

class FakeClipboardEvent extends Event {
  readonly clipboardData: DataTransfer;
  constructor(type: string, init: EventInit & { clipboardData: DataTransfer }) {
    super(type, init);
    this.clipboardData = init.clipboardData;
  }
}

/** Everything that is neither hidden nor inside of something hidden is visible. */
export function installPage(): void {
  HTMLElement.prototype.checkVisibility = function (this: HTMLElement) {
    return this.closest("[hidden]") === null;
  };
  HTMLElement.prototype.scrollIntoView = () => undefined;
  Object.assign(globalThis, { DataTransfer: FakeDataTransfer, ClipboardEvent: FakeClipboardEvent });
}

/** Shows text as Draft.js does: a block a line, and leaves that stand for the text. */
export function showBlocks(editor: HTMLElement, text: string): void {
  editor.replaceChildren(
    ...text.split("\n").map((line) => {
      const block = document.createElement("div");
      block.dataset["block"] = "true";
      const leaf = document.createElement(line === "" ? "br" : "span");
      leaf.dataset["text"] = "true";
      leaf.textContent = line;
      block.append(leaf);
      return block;
    }),
  );
}

export interface Paste {
  plain: string;
  html: string;
}

/** An editor that keeps its own state and takes a paste into its own hands; `take` says what it makes of one. */
export function makeEditor(editor: HTMLElement, take: (paste: Paste) => string): void {
  showBlocks(editor, "");
  editor.addEventListener("paste", (event) => {
    const { clipboardData } = event;
    event.preventDefault();
    const [plain, html] = ["text/plain", "text/html"].map(
      (type) => clipboardData?.getData(type) ?? "",
    );
    showBlocks(editor, take({ plain: plain ?? "", html: html ?? "" }));
    editor.dispatchEvent(new Event("input", { bubbles: true }));
  });
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- The one deletion that editors learn of.
  document.execCommand = (command) => {
    if (command === "delete") showBlocks(editor, "");
    return true;
  };
}
