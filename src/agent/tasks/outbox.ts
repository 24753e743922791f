import type { Clock, Ids, Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { NextReport, SentState, TaskReport } from '../engine/index.ts';
import { limits } from '../limits.ts';
import { ApiError } from '../session/api-client.ts';
import { sleep } from '../sleep.ts';

/** A task as far as reporting it goes. */
export interface Reporting {
  readonly arn: string;
  next(nowMs: number): NextReport;
  /** The control plane has it, or never wants it. */
  accepted(sent: SentState): void;
}

export interface OutboxOptions {
  readonly submit: (report: TaskReport) => Promise<void>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/**
 * Sends state changes: in order within a task, a bounded number of tasks at a time, each tried until it is accepted.
 * What to send is asked at the moment of sending, so nothing queues up while the control plane is away.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #waiting = new Set<Reporting>();
  readonly #sending = new Set<Reporting>();
  readonly #poked = new Set<Reporting>();
  #stopped = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Something about this task may be worth sending. */
  poke(task: Reporting): void {
    if (this.#stopped) return;
    if (this.#sending.has(task)) {
      this.#poked.add(task);
      return;
    }
    this.#waiting.add(task);
    this.#pump();
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting.clear();
  }

  /** Resolves when nothing is left to send, or the bound is over. */
  async idle(boundMs: number): Promise<void> {
    const untilMs = this.#options.clock.nowMs() + boundMs;
    while (this.#sending.size + this.#waiting.size > 0 && this.#options.clock.nowMs() < untilMs)
      await sleep(this.#options.clock, 20);
  }

  #pump(): void {
    for (const task of this.#waiting) {
      if (this.#sending.size >= limits.submittingTasks) return;
      this.#waiting.delete(task);
      this.#sending.add(task);
      void this.#drain(task).finally(() => {
        this.#sending.delete(task);
        if (this.#poked.delete(task)) this.poke(task);
        this.#pump();
      });
    }
  }

  async #drain(task: Reporting): Promise<void> {
    for (let failures = 0; !this.#stopped;) {
      const next = task.next(this.#options.clock.nowMs());
      if (next.kind === 'none') return;
      if (next.kind === 'wait') {
        this.#options.clock.after(next.untilMs - this.#options.clock.nowMs(), () => this.poke(task));
        return;
      }
      if (await this.#submit(next.report, failures)) {
        task.accepted(next.accepted);
        failures = 0;
      } else failures += 1;
    }
  }

  async #submit(report: TaskReport, failures: number): Promise<boolean> {
    const { submit, log, clock, ids } = this.#options;
    const about = { task: report.task, status: report.status ?? 'ATTACHED' };
    try {
      await submit(report);
      log.debug('state accepted', about);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === 'InvalidParameterException') {
        log.error('the control plane refuses this state for good; it is dropped', { ...about, error: error.message });
        return true;
      }
      const delayMs = Math.min(limits.submitRetryFirstMs * 2 ** failures, limits.submitRetryLongestMs);
      log.warn('could not report a state, will try again', { ...about, error: messageOf(error) });
      await sleep(clock, delayMs * (0.8 + ids.fraction() * 0.4));
      return false;
    }
  }
}

/** A report that stands alone: a task that was refused, or stopped without being known here. */
export function singleReport(report: TaskReport): Reporting {
  let sent = false;
  return {
    arn: report.task,
    next: () => (sent ? { kind: 'none' } : { kind: 'send', report, accepted: { status: 'STOPPED', containers: {} } }),
    accepted: () => {
      sent = true;
    },
  };
}
