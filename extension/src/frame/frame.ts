/** The extension's own frame in a page: takes one file to our script there, where messages carry none. */

import { fetchFile } from "../background/media.ts";
import { toWorker, type FileAnswer } from "../messages.ts";

/** Anybody in the page may speak to a frame; only our script knows the word that the worker gave. */
addEventListener("message", (event: MessageEvent<unknown>) => {
  const [port] = event.ports;
  if (port !== undefined && typeof event.data === "string") void answer(event.data, port);
});

async function answer(word: string, port: MessagePort): Promise<void> {
  const task = await toWorker("frameFile", { word }).catch(() => null);
  if (task === null) return;
  const { origin, token, media } = task;
  const reply: FileAnswer = await fetchFile({ origin, token }, media).then(
    (blob) => ({ kind: "file", blob }),
    (error: unknown) => ({
      kind: "failed",
      errorCode: "media_fetch_failed",
      error: error instanceof Error ? error.message : String(error),
    }),
  );
  port.postMessage(reply);
}
