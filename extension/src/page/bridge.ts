/** One-click pairing on the broker's own page: fetches a code from the worker and types it in. */

import { toWorker } from "../messages.ts";

const BUTTON = "#pair-this-browser";
const CODE_FIELD = "#pair-form input[name=code]";

async function offer(button: HTMLButtonElement): Promise<void> {
  const { paired } = await toWorker("bridgeStatus", null);
  if (paired) return;
  button.hidden = false;
  button.addEventListener("click", (event) => {
    // A script of the page may click too, but only a person pairs.
    if (event.isTrusted) void pair(button);
  });
}

async function pair(button: HTMLButtonElement): Promise<void> {
  button.disabled = true;
  try {
    const answer = await toWorker("bridgeRegister", null);
    const field = document.querySelector<HTMLInputElement>(CODE_FIELD);
    if (field?.form == null || !("code" in answer)) return;
    field.value = answer.code;
    field.form.requestSubmit();
  } finally {
    button.disabled = false;
  }
}

/** The page may put the button in later; each button is offered once. */
const offered = new WeakSet<Element>();
function search(): void {
  const button = document.querySelector<HTMLButtonElement>(BUTTON);
  if (button === null || offered.has(button)) return;
  offered.add(button);
  void offer(button);
}

search();
new MutationObserver(search).observe(document, { childList: true, subtree: true });
