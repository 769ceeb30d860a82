/** Gathers what the popup shows. */

import type { PairingView, View } from "../messages.ts";
import { locatorStates } from "./locators.ts";
import type { PendingPairing } from "./pairing.ts";
import { read } from "./storage.ts";

const DEFAULT_SERVER = "http://127.0.0.1:8787";
const TEXT_CHARACTERS = 80;

export async function view(): Promise<View> {
  const [server, name, note, pairing, connection, paused, hello, trouble, journal, questions] =
    await Promise.all([
      read("server"),
      read("name"),
      read("note"),
      read("pairing"),
      read("connection"),
      read("paused"),
      read("hello"),
      read("trouble"),
      read("journal"),
      read("questions"),
    ]);
  return {
    server: server ?? DEFAULT_SERVER,
    name: name ?? (await defaultName()),
    note,
    pairing: pairing && pairingView(pairing),
    connection: connection && {
      server: connection.origin,
      workspace: hello?.answer?.workspace ?? connection.workspace,
      claimedBy: connection.claimedBy,
    },
    paused: paused ?? false,
    workspacePaused: hello?.answer?.paused ?? false,
    outdated: hello?.outdated ?? false,
    trouble,
    current: journal && {
      kind: journal.job.kind,
      platform: journal.job.platform,
      step: journal.step,
      text: journal.job.text.slice(0, TEXT_CHARACTERS),
    },
    questions: questions?.length ?? 0,
    nextJobs: hello?.answer?.nextJobs ?? [],
    sites: await locatorStates(),
  };
}

function pairingView(pairing: PendingPairing): PairingView {
  const server = pairing.origin;
  return pairing.phase === "waiting"
    ? { phase: "waiting", server, code: pairing.code }
    : { phase: "claimed", server, workspace: pairing.workspace, claimedBy: pairing.claimedBy };
}

/** What the dashboard will call this browser, unless the person names it. */
export async function defaultName(): Promise<string> {
  const { os } = await chrome.runtime.getPlatformInfo();
  const systems: Partial<Record<string, string>> = { mac: "Mac", win: "Windows", cros: "ChromeOS" };
  const browser = navigator.userAgent.includes("Firefox") ? "Firefox" : "Chrome";
  return `${browser} on ${systems[os] ?? "Linux"}`;
}
