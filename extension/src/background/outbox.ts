/** Reports on their way to the broker, kept until it has answered. */

import type { Ack, PullAnswer } from "../contract/types.ts";
import * as api from "./api.ts";
import { crashPoint } from "./crash-point.ts";
import { releasedEnding } from "./journal.ts";
import { read, write, type Connection } from "./storage.ts";

/** Sends every report that the broker has not answered. Sending one twice is harmless. */
export async function flush(connection: Connection): Promise<void> {
  for (const report of (await read("outbox")) ?? []) {
    await crashPoint("before_ack");
    try {
      await api.ack(connection, report);
    } catch (error) {
      const isFinal = error instanceof api.Refused && !error.isPassing && !error.isRevoked;
      if (!isFinal) throw error;
      console.warn("report refused", report.jobId, error.code);
    }
    await crashPoint("after_ack");
    const outbox = (await read("outbox")) ?? [];
    await write({ outbox: outbox.filter((each) => each.leaseId !== report.leaseId) });
  }
}

/** Gives a job back unharmed that must not be begun. */
export async function release({ job, lease }: PullAnswer): Promise<void> {
  const report: Ack = { jobId: job.id, leaseId: lease.id, epoch: lease.epoch, ...releasedEnding };
  await write({ outbox: [...((await read("outbox")) ?? []), report] });
}
