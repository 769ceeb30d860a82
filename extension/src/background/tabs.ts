/** The extension's own tab: opened for one errand, closed after it. A tab of the user is never touched. */

const LOAD_SECONDS = 20;
const INJECT_SECONDS = 5;

/** The tab could not be used; `errorCode` is the job's. */
export class TabProblem extends Error {
  readonly errorCode: string;

  constructor(errorCode: string, message: string) {
    super(message);
    this.errorCode = errorCode;
  }
}

/** Opens a hidden tab that memory saving leaves alone. */
export async function openTab(url: string): Promise<number> {
  const tab = await chrome.tabs.create({ url, active: false }).catch(() => openWindow(url));
  if (tab?.id === undefined) throw new TabProblem("no_platform_tab", "The browser opened no tab.");
  await chrome.tabs.update(tab.id, { autoDiscardable: false }).catch(() => undefined);
  return tab.id;
}

/** A browser that runs without a window has none to put a tab into. */
async function openWindow(url: string): Promise<chrome.tabs.Tab | undefined> {
  const window = await chrome.windows.create({ url, focused: false });
  return window?.tabs?.[0];
}

/** Sends the tab to another page. */
export async function navigate(tabId: number, url: string): Promise<void> {
  const left = nextLoad(tabId);
  await chrome.tabs.update(tabId, { url });
  await left;
}

/** Puts the platform's script into the tab, once its page is there. */
export async function inject(tabId: number, platform: string): Promise<void> {
  const isComplete = await loaded(tabId);
  const injection = chrome.scripting
    .executeScript({
      target: { tabId },
      files: [`platforms/${platform}.js`],
      injectImmediately: true,
    })
    .then(
      () => null,
      (error: unknown) => explain(error),
    );
  const problem = await Promise.race([injection, silence()]);
  if (problem === null) return;
  throw isComplete ? problem : new TabProblem("no_platform_tab", "The page did not load.");
}

export async function closeTab(tabId: number | null): Promise<void> {
  if (tabId !== null) await chrome.tabs.remove(tabId).catch(() => undefined);
}

export const mayUse = (url: string): Promise<boolean> =>
  chrome.permissions.contains({
    origins: [`${new URL(url).protocol}//${new URL(url).hostname}/*`],
  });

async function loaded(tabId: number): Promise<boolean> {
  const later = nextLoad(tabId);
  const tab = await chrome.tabs.get(tabId).catch(() => null);
  if (tab === null) throw new TabProblem("tab_closed", "The tab was closed.");
  if (tab.status === "complete") return true;
  return later;
}

/** Ends with the next complete load, or when a page has had time enough: what is there then must do. */
function nextLoad(tabId: number): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isComplete = false): void => {
      clearTimeout(timer);
      chrome.tabs.onUpdated.removeListener(onUpdated);
      chrome.tabs.onRemoved.removeListener(onRemoved);
      resolve(isComplete);
    };
    const onUpdated = (id: number, change: { status?: string }): void => {
      if (id === tabId && change.status === "complete") end(true);
    };
    const onRemoved = (id: number): void => {
      if (id === tabId) end();
    };
    const timer = setTimeout(end, LOAD_SECONDS * 1000);
    chrome.tabs.onUpdated.addListener(onUpdated);
    chrome.tabs.onRemoved.addListener(onRemoved);
  });
}

/** A tab that waits for its server, or a page that hangs, takes no script and says nothing. */
function silence(): Promise<TabProblem> {
  const problem = new TabProblem("content_script_unavailable", "The page takes no script.");
  return new Promise((resolve) => setTimeout(() => resolve(problem), INJECT_SECONDS * 1000));
}

/** The browser tells its reasons in words only. */
function explain(error: unknown): TabProblem {
  const message = error instanceof Error ? error.message : String(error);
  if (/no tab with id|tab was closed/i.test(message))
    return new TabProblem("tab_closed", "The tab was closed.");
  if (/error page|showing error/i.test(message)) {
    return new TabProblem("network_error", "The platform's page could not be loaded.");
  }
  if (/cannot access|permission|extension manifest/i.test(message)) {
    return new TabProblem("permission_missing", "The extension may not use the platform's page.");
  }
  return new TabProblem("content_script_unavailable", message);
}
