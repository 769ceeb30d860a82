/** The panel: shows each post that waits as it will be posted, and carries the person's yes or no. */

import type { AnswerQuestion, QuestionAnswer } from "../contract/types.ts";
import { toWorker } from "../messages.ts";

const LOOK_AGAIN_MILLISECONDS = 10_000;
const PICTURE = /\.(gif|jpe?g|png|webp)$/i;

function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`panel.html has no #${id} of that kind`);
  return found;
}

const status = element("status", HTMLElement);
const note = element("note", HTMLElement);
const list = element("questions", HTMLElement);
const template = element("question", HTMLTemplateElement);
let shown: string | null = null;

async function refresh(): Promise<void> {
  const { server, questions } = await toWorker("questions", null);
  status.textContent = statusOf(server !== null, questions.length);
  // What somebody is about to press must not move away under the finger.
  const ids = questions.map(({ id }) => id).join();
  if (ids === shown) return;
  shown = ids;
  list.replaceChildren(...questions.map((question) => item(question, server)));
}

function statusOf(connected: boolean, count: number): string {
  if (!connected) return "Not connected.";
  if (count === 0) return "No post waits for your yes.";
  return count === 1 ? "A post waits for your yes." : `${count} posts wait for your yes.`;
}

function item(question: QuestionAnswer, server: string | null): Node {
  const copy = document.importNode(template.content, true);
  const part = (selector: string): Element => {
    const found = copy.querySelector(selector);
    if (found === null) throw new Error(`panel.html has no ${selector}`);
    return found;
  };
  const who = question.account ?? "Whoever is logged in";
  part("h2").textContent = `${who} on ${question.platform.toUpperCase()}`;
  part("p").textContent = whereTo(question);
  part(".texts").append(...question.texts.map(quote));
  part(".files").append(...question.mediaPaths.map((address) => file(address, server)));
  if (question.account == null) part("[data-answer=always]").remove();
  for (const button of copy.querySelectorAll<HTMLButtonElement>("[data-answer]")) {
    button.addEventListener("click", () => {
      const buttons = button.closest("li")?.querySelectorAll("button") ?? [];
      for (const each of buttons) each.disabled = true;
      void say(question.id, button.dataset["answer"] as AnswerQuestion["answer"]);
    });
  }
  return copy;
}

function whereTo({ kind, target, cost, platform, expiresAt }: QuestionAnswer): string {
  const until = new Date(expiresAt).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  const what = kind === "group_join" ? "asks to join a group" : kind;
  const price = cost == null ? [] : [`${platform.toUpperCase()} takes ${cost}`];
  const where = [what, target].filter(Boolean).join(": ");
  return [where, ...price, `waits until ${until}`].join(" · ");
}

function quote(text: string): HTMLElement {
  const quoted = document.createElement("blockquote");
  quoted.textContent = text;
  return quoted;
}

/** Only what can be opened is a link; a picture that the broker keeps is shown. */
function file(address: string, server: string | null): HTMLElement {
  const line = document.createElement("li");
  const protocol = URL.canParse(address) ? new URL(address).protocol : "";
  if (protocol !== "https:" && protocol !== "http:") {
    line.textContent = address;
    return line;
  }
  const link = document.createElement("a");
  Object.assign(link, { href: address, target: "_blank", rel: "noreferrer", textContent: address });
  if (server !== null && address.startsWith(`${server}/media/`) && PICTURE.test(address)) {
    link.replaceChildren(Object.assign(new Image(), { src: address, alt: address }));
  }
  line.append(link);
  return line;
}

async function say(id: string, answer: AnswerQuestion["answer"]): Promise<void> {
  const { problem } = await toWorker("answer", { id, answer });
  note.textContent = problem ?? "";
  note.hidden = problem === null;
  shown = null;
  await refresh();
}

chrome.storage.onChanged.addListener((changes) => {
  if ("questions" in changes || "connection" in changes) void refresh();
});
setInterval(() => void refresh(), LOOK_AGAIN_MILLISECONDS);
void refresh();
