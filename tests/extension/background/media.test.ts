import { beforeEach, describe, expect, test } from "vitest";
import type { LeasedMedia } from "../../../extension/src/contract/types.ts";
import type { FileAnswer } from "../../../extension/src/messages.ts";
import { ownPage, pairedBrowser, pass, startBackground, stopTime } from "../doubles/background.ts";
import { CONNECTION, type FakeBroker, leased } from "../doubles/broker.ts";
import type { FakeBrowser, FakeTab } from "../doubles/chrome.ts";

const LEASE = { jobId: "job-00000001", leaseId: "lease-0000001", epoch: 1 };
const MEDIA: LeasedMedia = {
  id: "media-000001",
  fileName: "sea.png",
  contentType: "image/png",
  size: 6,
};
const BYTES = new Uint8Array([1, 2, 3, 4, 5, 6]);
const PATH = `/v1/extension/media/${MEDIA.id}`;
const FRAME = ownPage("frame");

let broker: FakeBroker;
let chrome: FakeBrowser;

const tab = (): FakeTab => [...chrome.tabs.values()][0] as FakeTab;
const ask = (id = MEDIA.id, probe: unknown = new Blob()): Promise<FileAnswer> =>
  chrome.send("file", { lease: LEASE, id, probe }, { tabId: tab().id }) as Promise<FileAnswer>;

stopTime();

beforeEach(async () => {
  ({ browser: chrome, broker } = pairedBrowser());
  broker.files[MEDIA.id] = BYTES;
  broker.jobs.push(leased({}, { media: [MEDIA] }));
  await startBackground(chrome);
  await pass(1);
});

describe("a file of the leased job", () => {
  test("comes to the page whole, with its type", async () => {
    const answer = await ask();
    const blob = (answer as FileAnswer & { kind: "file" }).blob;
    expect([...new Uint8Array(await blob.arrayBuffer())]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(blob.type).toBe("image/png");
    expect(broker.requests.at(-1)?.token).toBe(`Bearer ${CONNECTION.token}`);
  });

  test("is asked for again when it breaks off", async () => {
    broker.next[PATH] = ["unreachable", { status: 503 }];
    expect((await ask()).kind).toBe("file");
    expect(broker.to(PATH)).toHaveLength(3);
  });

  test("is not taken when bytes are missing", async () => {
    broker.files[MEDIA.id] = new Uint8Array([1]);
    expect(await ask()).toMatchObject({
      kind: "failed",
      errorCode: "media_fetch_failed",
      error: "sea.png could not be fetched: 1 of 6 bytes came.",
    });
  });

  test("that the broker refuses fails at once, in its words", async () => {
    broker.next[PATH] = [{ status: 404, body: { message: "gone" } }];
    expect(await ask()).toMatchObject({
      kind: "failed",
      error: "sea.png could not be fetched: gone",
    });
    expect(broker.to(PATH)).toHaveLength(1);
  });

  test("is no other file of the broker", async () => {
    expect(await ask("media-000002")).toMatchObject({ kind: "failed" });
    expect(broker.to("/v1/extension/media/media-000002")).toEqual([]);
  });

  test("goes to the tab of the lease alone", async () => {
    const answer = chrome.send(
      "file",
      { lease: LEASE, id: MEDIA.id, probe: new Blob() },
      { tabId: 99 },
    );
    expect(await answer).toMatchObject({ kind: "failed" });
  });
});

describe("in a browser whose messages carry no files", () => {
  const word = async (): Promise<string> =>
    ((await ask(MEDIA.id, {})) as FileAnswer & { kind: "by_frame" }).word;
  const claim = (said: string, tabId = tab().id, from = FRAME): Promise<unknown> =>
    chrome.send("frameFile", { word: said }, { ...from, tabId });

  test("our frame gets what it needs, once", async () => {
    const said = await word();
    const { origin, token } = CONNECTION;
    expect(await claim(said)).toEqual({ origin, token, media: MEDIA });
    expect(await claim(said)).toBeNull();
  });

  test("a frame without the word, or in another tab, gets nothing", async () => {
    const said = await word();
    expect(await claim("another word")).toBeNull();
    expect(await claim(said, 99)).toBeNull();
  });

  test("no other page is heard", async () => {
    const said = await word();
    await expect(claim(said, tab().id, { page: "https://x.com/" })).rejects.toThrow("Receiving");
  });
});
