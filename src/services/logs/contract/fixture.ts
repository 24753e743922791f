import type { Cancel, Clock, Ids } from '../../../kernel/index.ts';
import { silentLog } from '../../../kernel/index.ts';
import type { RequestContext } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/logs.ts';
import { MemoryStore, openDatabase } from '../../../store/index.ts';
import type { Store } from '../../../store/index.ts';
import { logsService, logsTables, MemoryArchive } from '../index.ts';
import type { LogArchive, LogsService } from '../index.ts';

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #nowMs = 1_767_312_000_000;
  #timers: { readonly atMs: number; readonly run: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Cancel {
    const timer = { atMs: this.#nowMs + delayMs, run };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((each) => each !== timer));
  }

  /** Lets time pass, running timers in order and letting what they start settle. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      await settle();
      const next = this.#timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
    }
    this.#nowMs = endMs;
    await settle();
  }
}

export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

/** Ids that count. */
export function countingIds(start = 0): Ids {
  let count = start;
  return {
    hex: (length) => (count += 1).toString(16).padStart(length, '0'),
    uuid: () => `00000000-0000-4000-8000-${(count += 1).toString(16).padStart(12, '0')}`,
    fraction: () => 0.5,
  };
}

type Call = <Name extends keyof Operations>(
  name: Name,
  input: Operations[Name]['input'],
  context?: Partial<RequestContext>,
) => Promise<Operations[Name]['output']>;

export interface LogsFixture {
  readonly clock: ManualClock;
  readonly archive: LogArchive;
  readonly store: Store;
  readonly service: LogsService;
  readonly call: Call;
}

/** The service on a memory store and a memory archive, or on those given. */
export async function logsFixture(
  on: { store?: Store; archive?: LogArchive; clock?: ManualClock; ids?: Ids } = {},
): Promise<LogsFixture> {
  const {
    store = new MemoryStore(),
    archive = new MemoryArchive(),
    clock = new ManualClock(),
    ids = countingIds(),
  } = on;
  const database = await openDatabase(store, logsTables, { log: silentLog, freezeRows: true });
  const service = logsService({
    database,
    archive,
    fingerprint: (message) => `of ${message}`,
    clock,
    ids,
    log: silentLog,
  });
  const call: Call = async (name, input, context) => {
    const handler = service.handlers[name] as (input: unknown, context: RequestContext) => unknown;
    return (await handler(input, { ...defaultContext, ...context })) as never;
  };
  return { clock, archive, store, service, call };
}

const defaultContext: RequestContext = {
  caller: { account: '123456789012', accessKeyId: 'test', arn: 'arn:aws:iam::123456789012:root' },
  account: '123456789012',
  region: 'us-east-1',
  requestId: '00000000-0000-4000-8000-000000000000',
  sourceIp: '127.0.0.1',
  userAgent: 'test',
  endpoint: 'http://127.0.0.1:4566',
  receivedMs: 0,
  authorize() {},
};
