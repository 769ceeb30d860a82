/** The page's own requests: shares, uploads, lists. */

import { cookie, send } from "../kit/requests.ts";
import { at, shell, type Person } from "../kit/shell.ts";

export interface Piece {
  readonly kind: "text" | "link" | "hashtag";
  readonly text: string;
}

export interface Post extends Person {
  readonly urn: string;
  readonly pieces: readonly Piece[];
  readonly media: readonly { readonly sha256: string; readonly type: string }[];
}

export type Created =
  | { readonly kind: "created"; readonly urn: string }
  | { readonly kind: "logged_out" }
  | { readonly kind: "refused" };

interface ShareAnswer {
  readonly data?: {
    readonly status?: { readonly urn?: string };
    readonly createContentcreationDashShares?: { readonly resourceKey?: string } | null;
  };
}

const OLD_SHARES = "/voyager/api/contentcreation/normShares";
const NEW_SHARES =
  "/voyager/api/graphql?action=execute&queryId=voyagerContentcreationDashShares.3e1c2a0b9d";
const UPLOADS = "/voyager/api/voyagerVideoDashMediaUploadMetadata?action=upload";

const headers = (): Record<string, string> => ({
  "content-type": "application/json",
  "csrf-token": cookie("JSESSIONID").replaceAll('"', ""),
});

/** Publishes; `nonce` names this press of the button. */
export async function share(
  text: string,
  media: readonly string[],
  nonce: string,
): Promise<Created> {
  const url = at(shell.layout === "old" ? OLD_SHARES : NEW_SHARES);
  const body = JSON.stringify({ share: { commentary: text, media, trackingId: nonce } });
  try {
    const answer = await send(url, body, headers());
    if (answer.status === 401) return { kind: "logged_out" };
    const { data } = JSON.parse(answer.text) as ShareAnswer;
    const key = data?.status?.urn ?? data?.createContentcreationDashShares?.resourceKey;
    const urn = /urn:li:share:\d+/.exec(key ?? "")?.[0];
    return urn === undefined ? { kind: "refused" } : { kind: "created", urn };
  } catch {
    return { kind: "refused" };
  }
}

/** Sends a file; the name under which a share may hold it, or null when it was refused. */
export async function upload(file: File): Promise<string | null> {
  const body = JSON.stringify({ contentType: file.type, fileSize: file.size });
  const announced = await fetch(at(UPLOADS), { method: "POST", headers: headers(), body });
  const { data } = (await announced.json()) as {
    data: { value: { urn: string; singleUploadUrl: string } };
  };
  const { urn, singleUploadUrl } = data.value;
  const sent = await fetch(singleUploadUrl, { method: "PUT", body: file });
  return sent.ok ? urn : null;
}
