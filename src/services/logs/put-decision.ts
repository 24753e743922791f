import { toBytes } from '../../kernel/index.ts';
import type { InputLogEvent, RejectedLogEventsInfo } from '../../protocol/generated/logs.ts';
import { invalidParameter } from './errors.ts';
import { maxBatchBytes, maxBatchSpanMs, maxEventAgeMs, maxEventAheadMs } from './limits.ts';
import { eventOverheadBytes } from './ports.ts';
import type { LogEvent } from './ports.ts';

export interface PutDecision {
  /** What to store. */
  readonly events: readonly LogEvent[];
  readonly rejected?: RejectedLogEventsInfo;
}

/**
 * Decides which events of a PutLogEvents batch to store. Events outside the window of time are left out and reported by index;
 * anything else wrong refuses the whole batch.
 * @throws InvalidParameterException when the batch is too large, out of order, or its valid events span more than 24 hours
 */
export function decidePut(
  batch: readonly InputLogEvent[],
  { nowMs, retainedFromMs }: { readonly nowMs: number; readonly retainedFromMs: number },
): PutDecision {
  checkSize(batch);
  batch.forEach(({ timestamp }, index) => {
    if (timestamp < (batch[index - 1]?.timestamp ?? 0)) {
      throw invalidParameter('Log events in a single PutLogEvents request must be in chronological order.');
    }
  });
  const tooOldEnd = countBefore(batch, nowMs - maxEventAgeMs);
  const expiredEnd = countBefore(batch, retainedFromMs);
  const tooNewStart = countBefore(batch, nowMs + maxEventAheadMs + 1);
  const valid = batch.slice(Math.max(tooOldEnd, expiredEnd), tooNewStart);
  const first = valid[0];
  const last = valid.at(-1);
  if (first !== undefined && last !== undefined && last.timestamp - first.timestamp > maxBatchSpanMs) {
    throw invalidParameter('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
  }
  const rejected: RejectedLogEventsInfo = {
    ...(tooNewStart < batch.length ? { tooNewLogEventStartIndex: tooNewStart } : {}),
    ...(tooOldEnd > 0 ? { tooOldLogEventEndIndex: tooOldEnd } : {}),
    ...(expiredEnd > tooOldEnd ? { expiredLogEventEndIndex: expiredEnd } : {}),
  };
  const events = valid.map(({ timestamp, message }) => ({ timestampMs: timestamp, message }));
  return Object.keys(rejected).length === 0 ? { events } : { events, rejected };
}

function checkSize(batch: readonly InputLogEvent[]): void {
  let total = 0;
  for (const { message } of batch) total += toBytes(message).length + eventOverheadBytes;
  if (total > maxBatchBytes) {
    throw invalidParameter(`Upload too large: ${total} bytes exceeds limit of ${maxBatchBytes}`);
  }
}

/** How many events of an ordered batch are before a time. */
function countBefore(batch: readonly InputLogEvent[], beforeMs: number): number {
  const index = batch.findIndex(({ timestamp }) => timestamp >= beforeMs);
  return index < 0 ? batch.length : index;
}
