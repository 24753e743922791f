import { destinationText, type CalledService, type CallWay } from '../../agent-protocol/index.ts';
import { messageOf, type Clock, type EpochMs, type Log } from '../../kernel/index.ts';
import { limits } from '../limits.ts';

/** Who knows how calls leave tasks' interfaces: the control plane for the tasks of this agent, other agents of the machine for theirs. */
export interface CallWaySource {
  /** @param from address of a task's interface @returns undefined when no task has it @throws when nobody can say */
  ask(from: string, to: CalledService): Promise<CallWay | undefined>;
}

interface Known {
  readonly askedAtMs: EpochMs;
  readonly answer: Promise<CallWay>;
}

const open: CallWay = {};

/**
 * How calls of programs leave their tasks: asked once for each task and service, and again when the answer is older than a second, so that a change of
 * routes, rules and endpoints is followed as fast. When nobody can say, what was known last holds, and a way of which nothing is known is open: a control
 * plane that is away closes none.
 */
export class CallWays {
  readonly #source: CallWaySource;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #known = new Map<string, Known>();

  constructor(source: CallWaySource, { clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#source = source;
    this.#clock = clock;
    this.#log = log;
  }

  /** Never rejects. */
  way(from: string, to: CalledService): Promise<CallWay> {
    const key = `${from} ${destinationText(to)}`;
    const nowMs = this.#clock.nowMs();
    const known = this.#known.get(key);
    if (known !== undefined && nowMs - known.askedAtMs < limits.callWayMs) return known.answer;
    if (known === undefined && this.#known.size >= limits.callWays) this.#known.clear();
    const answer = this.#ask(from, to, known?.answer ?? Promise.resolve(open));
    this.#known.set(key, { askedAtMs: nowMs, answer });
    return answer;
  }

  async #ask(from: string, to: CalledService, last: Promise<CallWay>): Promise<CallWay> {
    try {
      const way = (await this.#source.ask(from, to)) ?? open;
      this.#tell(from, to, { way, last: await last });
      return way;
    } catch (error) {
      this.#log.debug('how a call leaves its task cannot be asked', { from, error: messageOf(error) });
      return last;
    }
  }

  /** Says once why calls do not get through, and that they do again. */
  #tell(from: string, to: CalledService, { way, last }: { readonly way: CallWay; readonly last: CallWay }): void {
    if (way.closed === last.closed) return;
    const about = { from, to: destinationText(to) };
    if (way.closed === undefined) this.#log.info('calls of a task get through again', about);
    else this.#log.warn('calls of a task do not get through', { ...about, because: way.closed });
  }
}
