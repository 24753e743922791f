import type { Clock, Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { AttachTaskNetworkInterfacesMessage, PayloadTask } from '../../agent-protocol/index.ts';
import { interfaceOf } from '../hooks/interfaces.ts';
import type { Pause, PausePool } from '../hooks/pause-pool.ts';
import type { TaskNetwork } from '../../network/index.ts';
import { limits } from '../limits.ts';

interface Announced {
  readonly wired: Promise<Pause | undefined>;
  readonly cancel: () => void;
}

export interface AnnouncedInterfacesOptions {
  readonly pauses: PausePool;
  readonly network: TaskNetwork;
  readonly clock: Clock;
  readonly log: Log;
  /** Tells the control plane; once per interface. */
  readonly onAttached: (taskArn: string, attachmentArn: string) => void;
  readonly discard: (pause: Pause) => void;
}

/** Interfaces that the control plane announced before the task itself: they are wired at once and wait for their task. */
export class AnnouncedInterfaces {
  readonly #options: AnnouncedInterfacesOptions;
  readonly #byTask = new Map<string, Announced>();

  constructor(options: AnnouncedInterfacesOptions) {
    this.#options = options;
  }

  announce(message: AttachTaskNetworkInterfacesMessage): void {
    if (this.#byTask.has(message.taskArn)) return;
    const { clock } = this.#options;
    const wired = this.#wire(message);
    const cancel = clock.after(Math.max(message.waitTimeoutMs || 0, limits.announcedInterfaceMs), () => {
      this.#byTask.delete(message.taskArn);
      void this.#release(message, wired);
    });
    this.#byTask.set(message.taskArn, { wired, cancel });
  }

  /** The pause that holds the task's interface already, if it was announced. */
  async take(taskArn: string): Promise<Pause | undefined> {
    const announced = this.#byTask.get(taskArn);
    if (announced === undefined) return undefined;
    this.#byTask.delete(taskArn);
    announced.cancel();
    return announced.wired;
  }

  async #wire(message: AttachTaskNetworkInterfacesMessage): Promise<Pause | undefined> {
    const { pauses, network, log, onAttached } = this.#options;
    let pause: Pause | undefined;
    try {
      pause = await pauses.take();
      await network.attach(interfaceOf(asTask(message)), pause.pid);
    } catch (error) {
      log.warn('an announced interface could not be wired; its task will try', {
        task: message.taskArn,
        error: messageOf(error),
      });
      return pause;
    }
    onAttached(message.taskArn, message.elasticNetworkInterfaces[0]?.attachmentArn ?? '');
    return pause;
  }

  async #release(message: AttachTaskNetworkInterfacesMessage, wired: Promise<Pause | undefined>): Promise<void> {
    const { network, log, discard } = this.#options;
    const pause = await wired;
    log.warn('the task of an announced interface did not arrive', { task: message.taskArn });
    if (pause === undefined) return;
    try {
      await network.detach(interfaceOf(asTask(message)));
    } catch (error) {
      log.error('an interface could not be removed', { task: message.taskArn, error: messageOf(error) });
    }
    discard(pause);
  }
}

function asTask(message: AttachTaskNetworkInterfacesMessage): PayloadTask {
  const { elasticNetworkInterfaces, longshore } = message;
  return { elasticNetworkInterfaces, longshore } as unknown as PayloadTask;
}
