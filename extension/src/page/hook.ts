/** Runs in the page's own world, before its scripts, and copies the answers to the requests that publish. */

import { HELLO, READY, type Answer } from "./network.ts";

/* eslint-disable @typescript-eslint/unbound-method -- Functions are taken from the page and called on its own objects. */

/**
 * Watches `fetch` and `XMLHttpRequest` for requests to `wanted`; where many operations share an address,
 * `operation` must also be found in the request's body. Takes copies of the functions it needs, since
 * the page may replace them.
 */
export function hook(wanted: RegExp, operation?: RegExp): void {
  const { apply } = Reflect;
  const { parse } = JSON;
  const post = MessagePort.prototype.postMessage;
  const kept: Answer[] = [];
  let line: MessagePort | null = null;

  const tell = (url: string, status: number, text: string): void => {
    let body: unknown = null;
    try {
      body = parse(text);
    } catch {
      // Not one JSON document: where operations share an address, the platform's adapter reads it.
      if (operation !== undefined) body = text;
    }
    const answer: Answer = { url, status, body };
    if (line === null) kept.push(answer);
    else apply(post, line, [answer]);
  };

  const isWanted = (url: string, body: unknown): boolean =>
    wanted.test(url) && (operation === undefined || operation.test(bodyText(body)));

  const take = (event: Event): void => {
    const port = (event as MessageEvent).ports[0];
    if (port === undefined) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    removeEventListener(HELLO, take, true);
    line = port;
    for (const answer of kept.splice(0)) apply(post, port, [answer]);
  };
  addEventListener(HELLO, take, true);
  dispatchEvent(new Event(READY));

  window.fetch = new Proxy(window.fetch, {
    apply(target, self, args: Parameters<typeof fetch>) {
      const answered: Promise<Response> = apply(target, self, args);
      const [input, init] = args;
      const url = input instanceof Request ? input.url : String(input);
      if (isWanted(url, init?.body)) {
        answered
          .then(async (response) => tell(url, response.status, await response.clone().text()))
          .catch(() => tell(url, 0, ""));
      }
      return answered;
    },
  });

  const urls = new WeakMap<XMLHttpRequest, string>();
  const requests = XMLHttpRequest.prototype;
  requests.open = new Proxy(requests.open, {
    apply(target, self: XMLHttpRequest, args: unknown[]) {
      urls.set(self, String(args[1]));
      apply(target, self, args);
    },
  });
  requests.send = new Proxy(requests.send, {
    apply(target, self: XMLHttpRequest, args: unknown[]) {
      const url = urls.get(self);
      if (url !== undefined && isWanted(url, args[0])) {
        self.addEventListener("loadend", () => tell(url, self.status, textOf(self)));
      }
      apply(target, self, args);
    },
  });
}

/** A form or a text; the bodies of files are not read. */
function bodyText(body: unknown): string {
  if (body instanceof FormData) return new URLSearchParams(fieldsOf(body)).toString();
  return typeof body === "string" || body instanceof URLSearchParams ? body.toString() : "";
}

const fieldsOf = (form: FormData): [string, string][] =>
  [...form].filter((field): field is [string, string] => typeof field[1] === "string");

function textOf(request: XMLHttpRequest): string {
  const { responseType } = request;
  if (responseType === "json") return JSON.stringify(request.response);
  return responseType === "" || responseType === "text" ? request.responseText : "";
}
