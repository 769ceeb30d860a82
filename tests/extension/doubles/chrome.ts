/** A browser as the worker sees it: storage, tabs with scripts in them, alarms, messages. Outlives its workers. */

import { vi } from "vitest";

type Listener = (...args: never[]) => unknown;

class Happening<L extends Listener> {
  readonly listeners = new Set<L>();
  addListener = (listener: L): void => void this.listeners.add(listener);
  removeListener = (listener: L): void => void this.listeners.delete(listener);
  fire(...args: Parameters<L>): void {
    for (const listener of this.listeners) listener(...args);
  }
}

class Area {
  values: Record<string, unknown> = {};
  get = (keys: string | string[]): Promise<Record<string, unknown>> =>
    Promise.resolve(
      structuredClone(
        Object.fromEntries(
          [keys].flat().flatMap((key) => (key in this.values ? [[key, this.values[key]]] : [])),
        ),
      ),
    );
  set = (values: Record<string, unknown>): Promise<void> => {
    Object.assign(this.values, structuredClone(values));
    return Promise.resolve();
  };
  remove = (keys: string | string[]): Promise<void> => {
    for (const key of [keys].flat()) Reflect.deleteProperty(this.values, key);
    return Promise.resolve();
  };
}

/** What a script in a tab says to a message of the worker; throws when there is none. */
export type TabScript = (name: string, payload: never) => unknown;

export interface FakeTab {
  id: number;
  url: string;
  status: "complete" | "loading";
  script: TabScript | null;
}

export const EXTENSION_ID = "bpfemkibdeiodhecajhfmhlckaahifmd";

type MessageListener = (
  message: unknown,
  sender: object,
  reply: (answer: unknown) => void,
) => boolean;

type TabListener = (tabId: number, change: { status: string }, tab: { url: string }) => void;

export class FakeBrowser {
  readonly local = new Area();
  readonly session = new Area();
  readonly tabs = new Map<number, FakeTab>();
  readonly opened: string[] = [];
  readonly windows: string[] = [];
  badge = "";
  /** Installed into each page that the worker injects into. */
  script: (tab: FakeTab) => TabScript = () => () => ({ started: true, holds: true, finding: null });
  permitted: (origin: string) => boolean = () => true;
  #nextTab = 1;
  #onMessage = new Happening<MessageListener>();
  #onRemoved = new Happening<(tabId: number) => void>();
  #onUpdated = new Happening<TabListener>();
  #onAlarm = new Happening<() => void>();
  #alarms = new Set<string>();

  /** Ends the worker, if there is one, and starts another over what is stored. */
  async startWorker<M>(module: () => Promise<M>): Promise<M> {
    vi.resetModules();
    this.#onMessage = new Happening();
    this.#onRemoved = new Happening();
    this.#onUpdated = new Happening();
    this.#onAlarm = new Happening();
    // It stays after the test: the loop of a worker may outlive it for a moment.
    Object.assign(globalThis, { chrome: this.#chrome() });
    vi.stubGlobal("navigator", { userAgent: "Mozilla/5.0 Chrome/156.0.0.0 Safari/537.36" });
    return module();
  }

  /** As after a restart: tabs are gone, and so is what lasts for a session. */
  restart(): void {
    this.tabs.clear();
    this.session.values = {};
  }

  alarm(): void {
    this.#onAlarm.fire();
  }

  closeTab(tabId: number): void {
    this.tabs.delete(tabId);
    this.#onRemoved.fire(tabId);
  }

  /** The person has a page in a tab of their own. */
  visit(url: string): void {
    this.#onUpdated.fire(this.#nextTab++, { status: "complete" }, { url });
  }

  /** A message from a script in a tab, from the popup, or from a page of ours in a frame of a tab. */
  send(
    name: string,
    payload: unknown,
    from: { tabId: number; page?: string } | { page: string },
  ): Promise<unknown> {
    const sender = {
      id: EXTENSION_ID,
      url: from.page ?? "https://x.com/",
      ...("tabId" in from && { tab: { id: from.tabId }, frameId: from.page ? 1 : 0 }),
    };
    return new Promise((resolve, reject) => {
      const heard = [...this.#onMessage.listeners].some((listener) =>
        listener({ name, payload }, sender, resolve),
      );
      if (!heard)
        reject(new Error("Could not establish connection. Receiving end does not exist."));
    });
  }

  #chrome(): object {
    const { local, session, tabs } = this;
    const onUpdated = this.#onUpdated;
    return {
      runtime: {
        id: EXTENSION_ID,
        onMessage: this.#onMessage,
        onInstalled: new Happening(),
        onStartup: new Happening(),
        getManifest: () => ({ version: "0.1.0" }),
        getURL: (path: string) => `chrome-extension://${EXTENSION_ID}/${path}`,
        getPlatformInfo: () => Promise.resolve({ os: "linux" }),
        getContexts: () => Promise.resolve([]),
      },
      storage: { local, session, onChanged: new Happening() },
      permissions: {
        contains: ({ origins: [origin = ""] }: { origins: string[] }) =>
          Promise.resolve(this.permitted(origin)),
      },
      action: {
        setBadgeText: ({ text }: { text: string }) => {
          this.badge = text;
          return Promise.resolve();
        },
      },
      windows: {
        create: ({ url }: { url: string }) => {
          this.windows.push(url);
          return Promise.resolve({});
        },
      },
      alarms: {
        onAlarm: this.#onAlarm,
        get: (name: string) => Promise.resolve(this.#alarms.has(name) ? {} : undefined),
        create: (name: string) => Promise.resolve(void this.#alarms.add(name)),
      },
      scripting: {
        executeScript: ({ target: { tabId } }: { target: { tabId: number } }) => {
          const tab = tabs.get(tabId);
          if (tab === undefined) return Promise.reject(new Error(`No tab with id: ${tabId}.`));
          tab.script ??= this.script(tab);
          return Promise.resolve([]);
        },
        getRegisteredContentScripts: () => Promise.resolve([]),
        unregisterContentScripts: () => Promise.resolve(),
        registerContentScripts: () => Promise.resolve(),
      },
      tabs: {
        onUpdated,
        onRemoved: this.#onRemoved,
        create: ({ url }: { url: string }) => {
          const tab: FakeTab = { id: this.#nextTab++, url, status: "complete", script: null };
          tabs.set(tab.id, tab);
          this.opened.push(url);
          return Promise.resolve(tab);
        },
        update: (tabId: number, { url }: { url?: string }) => {
          const tab = tabs.get(tabId);
          if (tab === undefined) return Promise.reject(new Error(`No tab with id: ${tabId}.`));
          if (url === undefined) return Promise.resolve(tab);
          Object.assign(tab, { url, script: null });
          this.opened.push(url);
          queueMicrotask(() => onUpdated.fire(tabId, { status: "complete" }, tab));
          return Promise.resolve(tab);
        },
        get: (tabId: number) => {
          const tab = tabs.get(tabId);
          return tab
            ? Promise.resolve(tab)
            : Promise.reject(new Error(`No tab with id: ${tabId}.`));
        },
        remove: (tabId: number) => {
          this.closeTab(tabId);
          return Promise.resolve();
        },
        sendMessage: (tabId: number, message: { name: string; payload: never }) => {
          const script = tabs.get(tabId)?.script;
          if (script == null) return Promise.reject(new Error("Receiving end does not exist."));
          return Promise.resolve(script(message.name, message.payload));
        },
      },
    };
  }
}
