/** The pages' own requests, by fetch or by XMLHttpRequest, as the account is set. */

import { at, shell } from "./shell.ts";

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Sends a request that publishes; rejects when the connection breaks. */
export async function send(
  url: string,
  body: string | FormData | Blob,
  headers: Readonly<Record<string, string>>,
  method = "POST",
): Promise<Answer> {
  if (shell.transport === "fetch") {
    const answer = await fetch(url, { method, headers, body });
    return { status: answer.status, text: await answer.text() };
  }
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = () => reject(new Error("no answer"));
    request.send(body);
  });
}

/** A list or a single thing; null when it does not exist. `turnAway` is for whoever is logged out. */
export async function load<T>(
  path: string,
  turnAway: () => Promise<null> = () => Promise.resolve(null),
): Promise<T | null> {
  const answer = await fetch(at(path), { headers: { accept: "application/json" } });
  if (answer.status === 404) return null;
  if (answer.status === 401) return turnAway();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return (await answer.json()) as T;
}

/** Begins a session; false when there is no such account. The server's side is `Door.log_in`. */
export async function logIn(handle: string, path = "/_session"): Promise<boolean> {
  const answer = await fetch(at(path), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ handle }),
  });
  return answer.ok;
}

/** The value of a cookie that the page may read. */
export function cookie(name: string): string {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? "";
}
