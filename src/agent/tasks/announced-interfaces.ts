import type { Clock, Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import type { AttachTaskNetworkInterfacesMessage, PayloadTask } from '../../agent-protocol/index.ts';
import { interfaceOf, takePause } from '../hooks/interfaces.ts';
import type { Pause, PausePool } from '../hooks/pause-pool.ts';
import type { TaskNetwork } from '../../network/index.ts';
import { limits } from '../limits.ts';

/** An interface that is being wired, or is. */
export interface AnnouncedInterface {
  /** There as soon as it is chosen, while it is still being wired; undefined when there was none to be had. */
  readonly pause: Promise<Pause | undefined>;
  /** Is it wired in the end? Never rejects. */
  readonly attached: Promise<boolean>;
  /** The control plane was told. */
  readonly reported: boolean;
}

interface Announced {
  readonly message: AttachTaskNetworkInterfacesMessage;
  readonly pause: Promise<Pause | undefined>;
  readonly attached: Promise<boolean>;
  readonly cancel: () => void;
  reported: boolean;
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
    const pause = this.#takePause(message);
    const waitMs = Math.max(message.waitTimeoutMs || 0, limits.announcedInterfaceMs);
    const announced: Announced = {
      message,
      pause,
      attached: pause.then((taken) => this.#wire(message, taken)),
      cancel: this.#options.clock.after(waitMs, () => void this.drop(message.taskArn)),
      reported: false,
    };
    this.#byTask.set(message.taskArn, announced);
    void announced.attached.then((attached) => {
      // A task that came meanwhile reports for itself, in its own order.
      if (!attached || this.#byTask.get(message.taskArn) !== announced) return;
      announced.reported = true;
      this.#options.onAttached(message.taskArn, message.elasticNetworkInterfaces[0]?.attachmentArn ?? '');
    });
  }

  /** Hands the interface of a task over to it, if it was announced. */
  take(taskArn: string): AnnouncedInterface | undefined {
    const announced = this.#byTask.get(taskArn);
    this.#byTask.delete(taskArn);
    announced?.cancel();
    return announced;
  }

  /** The task does not come, or ended without it. */
  async drop(taskArn: string): Promise<void> {
    const { network, log, discard } = this.#options;
    const announced = this.#byTask.get(taskArn);
    if (announced === undefined) return;
    this.take(taskArn);
    const pause = await announced.pause;
    await announced.attached;
    log.warn('an interface was announced and not used', { task: taskArn });
    if (pause === undefined) return;
    try {
      await network.detach(interfaceOf(asTask(announced.message)));
    } catch (error) {
      log.error('an interface could not be removed', { task: taskArn, error: messageOf(error) });
    }
    discard(pause);
  }

  async #takePause(message: AttachTaskNetworkInterfacesMessage): Promise<Pause | undefined> {
    try {
      return await takePause(this.#options, asTask(message));
    } catch (error) {
      this.#failed(message, error);
      return undefined;
    }
  }

  async #wire(message: AttachTaskNetworkInterfacesMessage, pause: Pause | undefined): Promise<boolean> {
    if (pause === undefined) return false;
    try {
      await this.#options.network.attach(interfaceOf(asTask(message)), pause);
      return true;
    } catch (error) {
      this.#failed(message, error);
      return false;
    }
  }

  #failed(message: AttachTaskNetworkInterfacesMessage, error: unknown): void {
    this.#options.log.warn('an announced interface could not be wired; its task will try', {
      task: message.taskArn,
      error: messageOf(error),
    });
  }
}

function asTask(message: AttachTaskNetworkInterfacesMessage): PayloadTask {
  const { elasticNetworkInterfaces, longshore } = message;
  return { elasticNetworkInterfaces, longshore } as unknown as PayloadTask;
}
