/** The handshake that makes this browser known to a broker: a code, a claim, and a yes of the person here. */

import * as api from "./api.ts";
import { showBadge } from "./badge.ts";
import { syncBrokerPages } from "./broker-pages.ts";
import * as poller from "./poller.ts";
import { abandon } from "./runner.ts";
import { read, write } from "./storage.ts";

/** A handshake that is under way. */
export type PendingPairing = {
  origin: string;
  code: string;
  pollToken: string;
  pollIntervalSeconds: number;
  expiresAt: number;
} & ({ phase: "waiting" } | { phase: "claimed"; workspace: string; claimedBy: string });

const POPUP = { page: "popup.html", width: 400, height: 600 };
const EXPIRED = "The code has expired. Connect again for a new one.";

let loop: Promise<void> | null = null;

/** Asks the broker for a code; the person types it there, or the page of the broker fills it in. */
export async function start(origin: string, name: string): Promise<string> {
  const registered = await api.register(origin, {
    name,
    extensionVersion: chrome.runtime.getManifest().version,
    protocolVersion: poller.PROTOCOL_VERSION,
    browser: browserName(),
  });
  const { code, pollToken, pollIntervalSeconds, expiresInSeconds } = registered;
  const expiresAt = Date.now() + expiresInSeconds * 1000;
  await write({
    pairing: { phase: "waiting", origin, code, pollToken, pollIntervalSeconds, expiresAt },
    note: null,
  });
  await syncBrokerPages(origin);
  wake();
  return code;
}

/** Asks for the state of the handshake until it has ended; starts nothing when there is none. */
export function wake(): void {
  loop ??= watch().finally(() => (loop = null));
}

async function watch(): Promise<void> {
  for (let pairing = await read("pairing"); pairing !== null; pairing = await read("pairing")) {
    const next = await look(pairing);
    const now = await read("pairing");
    // The person may have said yes, no, or begun anew while we asked.
    if (now?.pollToken === pairing.pollToken && now.phase === pairing.phase) {
      if (next === null || typeof next === "string") await write({ pairing: null, note: next });
      else if (next.phase !== pairing.phase) await claimed(next);
    }
    await new Promise((resolve) => setTimeout(resolve, pairing.pollIntervalSeconds * 1000));
  }
  await showBadge();
}

/** The person wants no code any more; the broker forgets it when its time is over. */
export async function cancel(): Promise<void> {
  await write({ pairing: null, note: null });
}

/** The handshake as the broker sees it now, or the sentence with which it has ended. */
async function look(pairing: PendingPairing): Promise<PendingPairing | string | null> {
  if (Date.now() >= pairing.expiresAt) return EXPIRED;
  const caller = { origin: pairing.origin, token: pairing.pollToken };
  try {
    const { status, workspace, claimedBy } = await api.pairingStatus(caller);
    switch (status) {
      case "pending":
        return pairing;
      case "claimed":
        return {
          ...pairing,
          phase: "claimed",
          workspace: workspace ?? "",
          claimedBy: claimedBy ?? "",
        };
      case "paired":
        // Only this browser can say yes: the answer with the token was lost on its way.
        return "The server's answer was lost. Connect again.";
      case "expired":
        return EXPIRED;
    }
  } catch (error) {
    const isOver = error instanceof api.Refused && !error.isPassing;
    return isOver ? EXPIRED : pairing;
  }
}

async function claimed(pairing: PendingPairing): Promise<void> {
  await write({ pairing });
  await showBadge();
  await showPopup();
}

/** The person in front of the browser has decided. Nothing runs before a yes. */
export async function confirm(accept: boolean): Promise<void> {
  const pairing = await read("pairing");
  if (pairing?.phase !== "claimed") return;
  const { origin, pollToken, workspace, claimedBy } = pairing;
  try {
    const { token = null } = await api.confirm({ origin, token: pollToken }, accept);
    if (token == null) {
      await write({ pairing: null, note: "You said no. Nothing was connected." });
    } else {
      await abandon();
      await write({
        connection: { origin, token, workspace, claimedBy },
        ...{ pairing: null, note: null, paused: null, hello: null, trouble: null },
      });
      poller.interrupt();
      poller.wake();
    }
    await showBadge();
  } catch (error) {
    if (error instanceof api.Refused && !error.isPassing)
      await write({ pairing: null, note: EXPIRED });
    else await write({ note: "The server did not answer. Try again." });
  }
}

/** Asks the person, wherever they are: in the popup that is open, or in a small window. */
async function showPopup(): Promise<void> {
  const url = chrome.runtime.getURL(POPUP.page);
  // Firefox cannot say what is open; a second window does no harm there.
  const canTell = "getContexts" in chrome.runtime;
  if (canTell && (await chrome.runtime.getContexts({ documentUrls: [url] })).length > 0) return;
  const { width, height } = POPUP;
  await chrome.windows
    .create({ url, type: "popup", width, height, focused: true })
    .catch(() => chrome.tabs.create({ url }));
}

function browserName(): string {
  const brands = navigator.userAgent.match(/(Firefox|Edg|OPR|Chrome)\/[\d.]+/g) ?? [];
  return (brands.find((brand) => !brand.startsWith("Chrome")) ?? brands[0] ?? "").replace("/", " ");
}
