/** The only door to the broker: every request, its deadline, and what its refusals mean. */

import type {
  Ack,
  AckAnswer,
  AnswerQuestion,
  AskCheck,
  Confirmed,
  Hello,
  HelloAnswer,
  LeasedMedia,
  LocatorPack,
  PairingStatus,
  Permit,
  PermitRequest,
  Progress,
  ProgressAnswer,
  PullAnswer,
  Questions,
  Register,
  Registered,
} from "../contract/types.ts";
import {
  isAckAnswer,
  isConfirmed,
  isHelloAnswer,
  isLocatorPack,
  isPairingStatus,
  isPermit,
  isProgressAnswer,
  isPullAnswer,
  isQuestions,
  isRegistered,
  type Validator,
} from "../contract/validators.js";
import { alive } from "./crash-point.ts";

const REQUEST_SECONDS = 15;
/** What a long poll may take beyond the wait it asks for. */
const POLL_GRACE_SECONDS = 10;
/** The slowest way to the broker that a file is given time for. */
const MEDIA_BYTES_PER_SECOND = 200_000;

/** The broker has refused, in its own words where it gave any. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterSeconds: number | null;
  /** Why leave to press was refused, in a word. */
  readonly reason: string | null;

  constructor(
    status: number,
    code: string,
    message: string,
    retryAfterSeconds: number | null,
    reason: string | null = null,
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
    this.reason = reason;
  }

  /** The token is not known any more. */
  get isRevoked(): boolean {
    return this.status === 401;
  }

  get isOutdated(): boolean {
    return this.status === 426;
  }

  /** The broker may answer the same request otherwise later. */
  get isPassing(): boolean {
    return this.status >= 500 || [408, 425, 429].includes(this.status);
  }
}

/** No answer came: the request may or may not have been carried out. */
export class Unanswered extends Error {}

/** Who is spoken to, and as whom. */
export interface Caller {
  origin: string;
  token: string | null;
}

interface Ask<T> {
  method: "GET" | "POST";
  path: string;
  body?: object;
  headers?: Record<string, string>;
  is: Validator<T>;
  seconds?: number;
  signal?: AbortSignal;
}

/** How far the broker's clock is ahead of ours; a laptop's own clock may be days wrong. */
let brokerAheadMilliseconds = 0;

/** The time by the broker's clock, to the second. */
export const brokerNow = (): number => Date.now() + brokerAheadMilliseconds;

export const register = (origin: string, body: Register): Promise<Registered> =>
  ask(
    { origin, token: null },
    { method: "POST", path: "/v1/connect/register", body, is: isRegistered },
  );

export const pairingStatus = (caller: Caller): Promise<PairingStatus> =>
  ask(caller, { method: "GET", path: "/v1/connect/status", is: isPairingStatus });

export const confirm = (caller: Caller, accept: boolean): Promise<Confirmed> =>
  ask(caller, { method: "POST", path: "/v1/connect/confirm", body: { accept }, is: isConfirmed });

export const hello = (caller: Caller, body: Hello): Promise<HelloAnswer> =>
  ask(caller, { method: "POST", path: "/v1/extension/hello", body, is: isHelloAnswer });

/** One job under a lease, or null when there was none for `waitSeconds`. */
export async function pull(
  caller: Caller,
  waitSeconds: number,
  signal: AbortSignal,
): Promise<PullAnswer | null> {
  const response = await send(caller, {
    method: "GET",
    path: `/v1/extension/pull?wait=${waitSeconds}`,
    seconds: waitSeconds + POLL_GRACE_SECONDS,
    signal,
  });
  return response.status === 204 ? null : checked(response, isPullAnswer);
}

export const progress = (caller: Caller, body: Progress): Promise<ProgressAnswer> =>
  ask(caller, { method: "POST", path: "/v1/extension/progress", body, is: isProgressAnswer });

export const permit = (caller: Caller, body: PermitRequest): Promise<Permit> =>
  ask(caller, { method: "POST", path: "/v1/extension/permit", body, is: isPermit });

export const ack = (caller: Caller, body: Ack): Promise<AckAnswer> =>
  ask(caller, { method: "POST", path: "/v1/extension/ack", body, is: isAckAnswer });

export const questions = (caller: Caller): Promise<Questions> =>
  ask(caller, { method: "GET", path: "/v1/extension/questions", is: isQuestions });

/** Says yes, no, or always to one of them; what waits still. */
export const answer = (
  caller: Caller,
  id: string,
  word: AnswerQuestion["answer"],
): Promise<Questions> =>
  ask(caller, {
    method: "POST",
    path: `/v1/extension/questions/${encodeURIComponent(id)}`,
    body: { answer: word },
    is: isQuestions,
  });

export const locators = (caller: Caller, platform: string): Promise<LocatorPack> =>
  ask(caller, {
    method: "GET",
    path: `/v1/extension/locators?platform=${encodeURIComponent(platform)}`,
    is: isLocatorPack,
  });

/** Asks the broker to send a check of this very browser. */
export async function askCheck(caller: Caller, body: AskCheck): Promise<void> {
  await send(caller, { method: "POST", path: "/v1/extension/checks", body });
}

/** The bytes of one file of the leased job from `start` up to `end`. */
export async function media(
  caller: Caller,
  { id }: LeasedMedia,
  start: number,
  end: number,
): Promise<Blob> {
  const response = await send(caller, {
    method: "GET",
    path: `/v1/extension/media/${encodeURIComponent(id)}`,
    headers: { Range: `bytes=${start}-${end - 1}` },
    seconds: REQUEST_SECONDS + Math.ceil((end - start) / MEDIA_BYTES_PER_SECOND),
  });
  // Read so, large bytes go to the disk without passing through this worker.
  return response.blob().catch((error: unknown) => {
    throw new Unanswered("The file broke off.", { cause: error });
  });
}

async function ask<T>(caller: Caller, request: Ask<T>): Promise<T> {
  return checked(await send(caller, request), request.is);
}

async function send(caller: Caller, request: Omit<Ask<unknown>, "is">): Promise<Response> {
  await alive();
  const deadline = AbortSignal.timeout((request.seconds ?? REQUEST_SECONDS) * 1000);
  let response: Response;
  try {
    response = await fetch(caller.origin + request.path, {
      method: request.method,
      headers: {
        ...(caller.token !== null && { Authorization: `Bearer ${caller.token}` }),
        ...(request.body && { "Content-Type": "application/json" }),
        ...request.headers,
      },
      ...(request.body && { body: JSON.stringify(request.body) }),
      signal: request.signal ? AbortSignal.any([request.signal, deadline]) : deadline,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
  } catch (error) {
    throw new Unanswered(`${caller.origin} cannot be reached.`, { cause: error });
  }
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (!isNaN(date)) brokerAheadMilliseconds = date - Date.now();
  if (!response.ok) throw await refusal(response);
  return response;
}

async function checked<T>(response: Response, is: Validator<T>): Promise<T> {
  const body: unknown = await response.json().catch((error: unknown) => {
    throw new Unanswered("The broker's answer broke off or is no JSON.", { cause: error });
  });
  if (is(body)) return body;
  const [first] = is.errors ?? [];
  throw new Unanswered(
    `The broker's answer is not as agreed: ${first?.instancePath} ${first?.message}`,
  );
}

/** What stands between us and the broker answers in its own way, so nothing but the status is sure to be there. */
async function refusal(response: Response): Promise<Refused> {
  const body: unknown = await response.json().catch(() => null);
  const problem =
    typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const word = (key: string, otherwise: string): string =>
    typeof problem[key] === "string" ? problem[key] : otherwise;
  const seconds = Number(
    problem["retryAfterSeconds"] ?? response.headers.get("Retry-After") ?? NaN,
  );
  return new Refused(
    response.status,
    word("code", `HTTP_${response.status}`),
    word("message", word("detail", `The broker answered ${response.status}.`)),
    isNaN(seconds) ? null : seconds,
    reasonIn(problem["details"]),
  );
}

function reasonIn(details: unknown): string | null {
  const reason =
    typeof details === "object" && details !== null && "reason" in details ? details.reason : null;
  return typeof reason === "string" ? reason : null;
}
