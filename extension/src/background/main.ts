/** The worker's first and only script: registers every listener, and nothing else. */

import {
  answering,
  type FromBridge,
  type FromPanel,
  type FromPopup,
  type Handlers,
} from "../messages.ts";
import { alive } from "./crash-point.ts";
import { frameHandlers } from "./frame-files.ts";
import { pageHandlers } from "./page-handlers.ts";
import * as pairing from "./pairing.ts";
import * as poller from "./poller.ts";
import { tabUpdated } from "./presence.ts";
import { answerQuestion, refreshQuestions } from "./questions.ts";
import * as runner from "./runner.ts";
import { read, write } from "./storage.ts";
import { defaultName, view } from "./view.ts";

const WATCHDOG = "watchdog";
const FRAME_URL = chrome.runtime.getURL("frame.html");
/** The shortest period that browsers grant. */
const WATCHDOG_MINUTES = 0.5;

const popupHandlers: Handlers<FromPopup, true> = {
  async view() {
    void poller.refresh();
    return view();
  },
  async connect({ server, name }) {
    await write({ server, name });
    try {
      await pairing.start(server, name);
    } catch (error) {
      await write({ note: error instanceof Error ? error.message : String(error) });
    }
    return null;
  },
  async confirm({ accept }) {
    await pairing.confirm(accept);
    return null;
  },
  async cancel() {
    await pairing.cancel();
    return null;
  },
  async checkLogins() {
    await poller.forgetLogins();
    return null;
  },
  async check() {
    await poller.checkSites();
    return null;
  },
  async pause({ paused }) {
    await poller.setPaused(paused);
    return null;
  },
  async disconnect() {
    await poller.disconnect("This browser is disconnected. Revoke it in the dashboard as well.");
    return null;
  },
};

const panelHandlers: Handlers<FromPanel, true> = {
  async questions() {
    const connection = await read("connection");
    if (connection !== null) await refreshQuestions(connection).catch(() => null);
    return { server: connection?.origin ?? null, questions: (await read("questions")) ?? [] };
  },
  async answer({ id, answer }) {
    return { problem: await answerQuestion(id, answer) };
  },
};

const bridgeHandlers: Handlers<FromBridge, { origin: string }> = {
  async bridgeStatus(_, { origin }) {
    return { paired: (await read("connection"))?.origin === origin };
  },
  async bridgeRegister(_, { origin }) {
    try {
      return { code: await pairing.start(origin, (await read("name")) ?? (await defaultName())) };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  },
};

type Sender = chrome.runtime.MessageSender;

const isOurs = (sender: Sender): boolean => sender.id === chrome.runtime.id;
const isPage = (sender: Sender, page: string): boolean =>
  isOurs(sender) && (sender.url ?? "").startsWith(chrome.runtime.getURL(page));

chrome.runtime.onMessage.addListener(
  answering(pageHandlers, (_, sender) =>
    isOurs(sender) && sender.tab?.id !== undefined && sender.frameId === 0
      ? { tabId: sender.tab.id }
      : null,
  ),
);
chrome.runtime.onMessage.addListener(
  answering(frameHandlers, (_, sender) =>
    isOurs(sender) && sender.tab?.id !== undefined && sender.url === FRAME_URL
      ? { tabId: sender.tab.id }
      : null,
  ),
);
chrome.runtime.onMessage.addListener(
  answering(bridgeHandlers, (_, sender) =>
    isOurs(sender) && sender.tab !== undefined && sender.frameId === 0 && sender.url !== undefined
      ? { origin: new URL(sender.url).origin }
      : null,
  ),
);
chrome.runtime.onMessage.addListener(
  answering(popupHandlers, (_, sender) => (isPage(sender, "popup.html") ? true : null)),
);
chrome.runtime.onMessage.addListener(
  answering(panelHandlers, (_, sender) => (isPage(sender, "panel.html") ? true : null)),
);
chrome.tabs.onUpdated.addListener((tabId, _, tab) => void tabUpdated(tabId, tab));
chrome.tabs.onRemoved.addListener(runner.tabRemoved);
chrome.alarms.onAlarm.addListener(wake);
chrome.runtime.onInstalled.addListener(start);
chrome.runtime.onStartup.addListener(start);
wake();

/** The browser or the extension has started: the broker hears of it at once. */
function start(): void {
  void write({ hello: null }).then(wake);
}

function wake(): void {
  void chrome.alarms.get(WATCHDOG).then(async (alarm: chrome.alarms.Alarm | undefined) => {
    if (alarm === undefined) {
      await chrome.alarms.create(WATCHDOG, { periodInMinutes: WATCHDOG_MINUTES });
    }
  });
  void alive().then(() => {
    pairing.wake();
    poller.wake();
  });
}
