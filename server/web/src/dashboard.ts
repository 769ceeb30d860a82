/** What the dashboard does beyond forms and links: copies, shows times in the reader's own zone, offers tools. */

import { offerTools } from "./tools";

const DAY: Intl.DateTimeFormatOptions = {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
};
const CLOCK: Intl.DateTimeFormatOptions = {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
};
const COPIED_SHOWN_MS = 2000;

function localTimes(): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
    const instant = new Date(time.dateTime);
    time.title = instant.toLocaleString(undefined, {
      dateStyle: "full",
      timeStyle: "long",
    });
    time.textContent = instant.toLocaleString(
      undefined,
      time.dataset["shown"] === "clock" ? CLOCK : DAY,
    );
  }
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const source = document.getElementById(button.dataset["copies"] ?? "");
  if (source === null) return;
  await navigator.clipboard.writeText(source.textContent);
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => {
    button.textContent = label;
  }, COPIED_SHOWN_MS);
}

// Only secure pages, loopback among them, may write to the clipboard.
if (window.isSecureContext) {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copies]")) {
    button.hidden = false;
    button.addEventListener("click", () => void copy(button));
  }
}

/** Says so while the broker does not answer; its word comes at least every 15 seconds. */
function watchBroker(): void {
  const away = document.getElementById("away");
  if (away === null) return;
  const say = (isAway: boolean) => (): void => {
    away.hidden = !isAway;
  };
  for (const name of ["htmx:sseError", "htmx:sendError"]) {
    document.addEventListener(name, say(true));
  }
  for (const name of ["htmx:sseOpen", "htmx:afterOnLoad"]) {
    document.addEventListener(name, say(false));
  }
}

watchBroker();
localTimes();
document.addEventListener("htmx:load", localTimes);
void offerTools(document, navigator);
