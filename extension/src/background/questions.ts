/** The posts that wait for a yes of the person in front of this browser. */

import type { AnswerQuestion } from "../contract/types.ts";
import * as api from "./api.ts";
import { showBadge } from "./badge.ts";
import { read, write, type Connection } from "./storage.ts";

/** Asks the broker what waits; the badge says how many. */
export async function refreshQuestions(connection: Connection): Promise<void> {
  await keep(await api.questions(connection));
}

/** Carries the person's answer to the broker. Null when it was taken, else why not. */
export async function answerQuestion(
  id: string,
  answer: AnswerQuestion["answer"],
): Promise<string | null> {
  const connection = await read("connection");
  if (connection === null) return "This browser is not connected any more.";
  try {
    await keep(await api.answer(connection, id, answer));
    return null;
  } catch (error) {
    await refreshQuestions(connection).catch(() => null);
    return error instanceof Error ? error.message : String(error);
  }
}

async function keep({ questions }: Awaited<ReturnType<typeof api.questions>>): Promise<void> {
  await write({ questions: questions.length > 0 ? questions : null });
  await showBadge();
}
