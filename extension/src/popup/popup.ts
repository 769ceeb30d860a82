/** The popup: connects this browser to a server, asks before anything runs, and shows what goes on. */

import type { LocatorState } from "../contract/types.ts";
import { toWorker, type Step, type View } from "../messages.ts";

/** What a step is called in front of a person. */
const STEP_WORDS: Readonly<Record<Step, string>> = {
  open_tab: "Opening a tab",
  check_login: "Checking the login",
  check_account: "Checking the account",
  clean_start: "Preparing the composer",
  baseline: "Looking at the latest post",
  attach_media: "Attaching media",
  insert_text: "Writing the text",
  read_back: "Reading the text back",
  ask_permit: "Asking for leave to post",
  press: "Posting",
  confirm: "Checking that the post is live",
  look_for_post: "Looking for the post",
};

function control<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`popup.html has no #${id} of that kind`);
  return found;
}

const element = (id: string): HTMLElement => control(id, HTMLElement);

const [server, name] = [control("server", HTMLInputElement), control("name", HTMLInputElement)];
const [yes, no] = [control("yes", HTMLButtonElement), control("no", HTMLButtonElement)];
let isPaused = false;
let windowId = 0;

function render(view: View): void {
  const { pairing, connection } = view;
  const isWaiting = pairing?.phase === "waiting";
  const isClaimed = pairing?.phase === "claimed";
  element("start").hidden = pairing !== null || connection !== null;
  element("waiting").hidden = !isWaiting;
  const wasClaimed = !element("claimed").hidden;
  element("claimed").hidden = !isClaimed;
  element("connected").hidden = connection === null || isClaimed;
  say("note", view.note ?? "");
  element("status").textContent = statusOf(view);

  if (server.value === "") server.value = view.server;
  if (name.value === "") name.value = view.name;
  if (isWaiting) {
    say("code", `${pairing.code.slice(0, 3)} ${pairing.code.slice(3)}`);
    control("dashboard", HTMLAnchorElement).href = `${pairing.server}/dashboard/browsers`;
  }
  if (isClaimed) {
    say("claimed-server", pairing.server);
    say("claimed-workspace", pairing.workspace);
    say("claimed-by", pairing.claimedBy);
    if (!wasClaimed) yes.disabled = no.disabled = false;
  }
  if (connection !== null) renderConnection(view, connection);
}

function renderConnection(view: View, connection: NonNullable<View["connection"]>): void {
  isPaused = view.paused;
  say("workspace", connection.workspace);
  say("connected-server", connection.server);
  element("questions").hidden = view.questions === 0;
  element("questions").textContent =
    view.questions === 1
      ? "A post waits for your yes"
      : `${view.questions} posts wait for your yes`;
  element("pause").textContent = isPaused ? "Resume" : "Pause";
  element("now").hidden = view.current === null;
  if (view.current !== null) {
    say("now-step", view.current.step === null ? "Starting" : STEP_WORDS[view.current.step]);
    say("now-text", view.current.text);
  }
  element("next").replaceChildren(
    ...view.nextJobs.map((job) => {
      const platform = document.createElement("small");
      platform.textContent = job.platform;
      const item = document.createElement("li");
      item.append(platform, job.text);
      return item;
    }),
  );
  element("next-none").hidden = view.nextJobs.length > 0;
  element("sites").replaceChildren(...view.sites.map(siteItem));
}

function siteItem(site: LocatorState): HTMLLIElement {
  const platform = document.createElement("small");
  platform.textContent = site.platform;
  const item = document.createElement("li");
  item.dataset["platform"] = site.platform;
  item.append(
    platform,
    checkWords(site),
    `Locators ${site.version}${site.signed ? ", signed" : ""}.`,
  );
  if (site.refused) item.append(` Refused ${site.refused.version}: ${site.refused.reason}.`);
  return item;
}

function checkWords({ check }: LocatorState): string {
  if (!check) return "";
  const missing = check.missing ?? [];
  switch (check.session) {
    case "in":
      return missing.length === 0
        ? `${check.account}: all found. `
        : `${check.account}: not found: ${missing.join(", ")}. `;
    case "out":
      return "Nobody is logged in. ";
    case "challenge":
      return "It wants to see a person. ";
    case "suspended":
      return "The account is suspended. ";
    case "unknown":
      return "The page does not say who is logged in. ";
  }
}

function statusOf({
  pairing,
  connection,
  outdated,
  paused,
  workspacePaused,
  trouble,
  current,
}: View): string {
  if (pairing?.phase === "claimed") return "Somebody wants to connect this browser.";
  if (pairing?.phase === "waiting") return "Waiting for the code to be typed in.";
  if (connection === null) return "Not connected.";
  if (outdated) return "This extension is too old for the server. Update it to go on.";
  if (trouble !== null) return `${trouble} Trying again.`;
  if (paused) return "Paused. Nothing is posted from this browser.";
  if (workspacePaused)
    return "The workspace is paused. Nothing is posted until somebody resumes it.";
  if (current === null) return "Ready. Posts go out as they come.";
  if (current.kind === "check") return "A site is being looked at. Nothing is pressed there.";
  return "A post is on its way.";
}

function say(id: string, text: string): void {
  const target = element(id);
  if (target.textContent !== text) target.textContent = text;
  if (id === "note") target.hidden = text === "";
}

async function refresh(): Promise<void> {
  render(await toWorker("view", null));
}

/** People type `127.0.0.1:8787`; a server elsewhere is spoken to over https unless they say otherwise. */
function originOf(typed: string): string | null {
  const text = typed.trim();
  const isLocal = /^(localhost|127\.0\.0\.1)(:|\/|$)/.test(text);
  const hasScheme = /^https?:\/\//i.test(text);
  const address = hasScheme ? text : `${isLocal ? "http" : "https"}://${text}`;
  return URL.canParse(address) ? new URL(address).origin : null;
}

async function connect(): Promise<void> {
  const origin = originOf(server.value);
  if (origin === null) {
    say("note", "That is not the address of a server.");
    return;
  }
  // Has to be asked in the click itself; a server on this computer is allowed already.
  const { protocol, hostname } = new URL(origin);
  const isAllowed = await chrome.permissions.request({ origins: [`${protocol}//${hostname}/*`] });
  if (!isAllowed) {
    say("note", "Without your permission the extension cannot speak to that server.");
    return;
  }
  await toWorker("connect", { server: origin, name: name.value.trim() });
  await refresh();
}

function on(id: string, event: string, act: () => Promise<unknown>): void {
  element(id).addEventListener(event, (happening) => {
    happening.preventDefault();
    void act().then(refresh);
  });
}

async function answer(accept: boolean): Promise<void> {
  yes.disabled = no.disabled = true;
  await toWorker("confirm", { accept });
  yes.disabled = no.disabled = false;
}

/** Beside the page where the browser can, else in a tab. Has to be opened in the click itself. */
async function openPanel(): Promise<void> {
  try {
    await chrome.sidePanel.open({ windowId });
  } catch {
    // Firefox has none, and a window of its own has no room beside the page.
    await chrome.tabs.create({ url: chrome.runtime.getURL("panel.html") });
  }
}

on("start", "submit", connect);
on("cancel", "click", () => toWorker("cancel", null));
on("check", "click", () => toWorker("check", null));
on("check-logins", "click", () => toWorker("checkLogins", null));
on("questions", "click", openPanel);
on("yes", "click", () => answer(true));
on("no", "click", () => answer(false));
on("pause", "click", () => toWorker("pause", { paused: !isPaused }));
on("disconnect", "click", () => toWorker("disconnect", null));
chrome.storage.onChanged.addListener(() => void refresh());
void chrome.windows.getCurrent().then(({ id }) => (windowId = id ?? windowId));
void refresh();
