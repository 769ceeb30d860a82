/** A broker as the worker sees it: answers on its endpoints, keeps what it was told, fails on command. */

export const ORIGIN = "http://127.0.0.1:8787";
export const CONNECTION = {
  origin: ORIGIN,
  token: "token-of-this-browser",
  workspace: "Acme",
  claimedBy: "ada@example.org",
};
export const HELLO_ANSWER = {
  browserId: "browser-00001",
  browserName: "Chrome on Linux",
  workspace: "Acme",
  paused: false,
  outdated: false,
  pollWaitSeconds: 20,
  renewSeconds: 15,
  nextJobs: [],
};

type Body = Record<string, unknown>;
type Reply = { status: number; body?: unknown; headers?: Record<string, string> } | "unreachable";

/** A text and its hash, as the broker leases it. */
export function leased(over: Body = {}, job: Body = {}): Body {
  return {
    job: {
      id: "job-00000001",
      kind: "post",
      platform: "x",
      text: "Hello",
      textSha256: "185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969",
      account: "ada",
      ...job,
    },
    lease: { id: "lease-0000001", epoch: 1, expiresInSeconds: 60 },
    purpose: "publish",
    ...over,
  };
}

export class FakeBroker {
  readonly requests: { path: string; body: Body; token: string | null }[] = [];
  /** What is handed out by pulls, in this order; a pull without one waits for ever. */
  readonly jobs: Body[] = [];
  /** Answers that come before the usual ones, by path. */
  readonly next: Partial<Record<string, Reply[]>> = {};
  status: Body = { status: "pending" };
  /** A path whose answers are held back until `release`. */
  held: string | null = null;
  #release: () => void = () => undefined;
  /** The bytes of each file, by id. */
  readonly files: Record<string, Uint8Array<ArrayBuffer>> = {};
  #give: (job: Body) => void = () => undefined;

  constructor() {
    // It stays after the test, as the browser does.
    Object.assign(globalThis, { fetch: this.fetch });
  }

  /** Answers what was held back, and holds back no more. */
  release(): void {
    this.held = null;
    this.#release();
  }

  /** Answers the pull that waits. */
  give(job: Body): void {
    this.#give(job);
  }

  to(path: string): Body[] {
    return this.requests.filter((request) => request.path === path).map(({ body }) => body);
  }

  fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname } = new URL(url);
    const body = typeof init.body === "string" ? (JSON.parse(init.body) as Body) : {};
    const token = new Headers(init.headers).get("Authorization");
    this.requests.push({ path: pathname, body, token });
    if (pathname === this.held) await new Promise<void>((resolve) => (this.#release = resolve));
    const file = this.files[pathname.slice("/v1/extension/media/".length)];
    if (file !== undefined && !this.next[pathname]?.length) {
      const [, start, last] = /^bytes=(\d+)-(\d+)$/.exec(
        new Headers(init.headers).get("Range") ?? "",
      ) as unknown as [string, string, string];
      return new Response(file.slice(Number(start), Number(last) + 1), { status: 206 });
    }
    let reply = this.next[pathname]?.shift() ?? this.#usual(pathname);
    if (reply === "waits") {
      const body = await new Promise<Body>((resolve, reject) => {
        this.#give = resolve;
        init.signal?.addEventListener("abort", () => reject(new Error("aborted")));
      });
      reply = { status: 200, body };
    }
    if (typeof reply === "string") throw new TypeError("Failed to fetch");
    const text = reply.body === undefined ? null : JSON.stringify(reply.body);
    return new Response(text, {
      status: reply.status,
      ...(reply.headers && { headers: reply.headers }),
    });
  };

  #usual(path: string): Reply | "waits" {
    switch (path) {
      case "/v1/connect/register":
        return {
          status: 200,
          body: {
            registrationId: "registration-1",
            code: "123456",
            expiresInSeconds: 300,
            pollToken: "poll-token",
            pollIntervalSeconds: 2,
          },
        };
      case "/v1/connect/status":
        return { status: 200, body: this.status };
      case "/v1/connect/confirm":
        return { status: 200, body: { token: CONNECTION.token } };
      case "/v1/extension/hello":
        return {
          status: 200,
          body: HELLO_ANSWER,
        };
      case "/v1/extension/pull": {
        const job = this.jobs.shift();
        return job === undefined ? "waits" : { status: 200, body: job };
      }
      case "/v1/extension/progress":
        return { status: 200, body: { expiresInSeconds: 60 } };
      case "/v1/extension/permit":
        return { status: 200, body: { permitId: "permit-00001", expiresInSeconds: 10 } };
      case "/v1/extension/ack":
        return { status: 200, body: { status: "published" } };
      default:
        return { status: 404 };
    }
  }
}
