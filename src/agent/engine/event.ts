import type { EpochMs } from '../../kernel/index.ts';
import type { ContainerHealth, NetworkBinding } from './task-state.ts';

/** What the engine of a task can ask to be done. Every action is answered by exactly one event. */
export type TaskAction =
  | { readonly kind: 'prepare' }
  | { readonly kind: 'attachNetwork' }
  | { readonly kind: 'pull'; readonly container: string }
  | { readonly kind: 'create'; readonly container: string }
  | { readonly kind: 'start'; readonly container: string }
  | { readonly kind: 'stop'; readonly container: string; readonly timeoutSeconds: number }
  | { readonly kind: 'release' };

/** From when the task asked for an image until it was there or was not to be had; also of one that already was on the machine. */
export interface PullTimes {
  readonly startedAtMs: EpochMs;
  readonly stoppedAtMs: EpochMs;
}

/** What can happen to a task. */
export type TaskEvent =
  /** Time passed; deadlines are looked at. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'granted' }
  /** The control plane, or a failure of the whole task, wants it to end. */
  | { readonly kind: 'stopRequested'; readonly reason?: string }
  | { readonly kind: 'prepared' }
  | { readonly kind: 'prepareFailed'; readonly reason: string }
  | { readonly kind: 'networkAttached' }
  | { readonly kind: 'networkFailed'; readonly reason: string }
  | {
      readonly kind: 'pulled';
      readonly container: string;
      readonly imageId?: string;
      readonly imageDigest?: string;
      /** Absent: a copy on the machine. */
      readonly fromRegistry?: boolean;
      readonly pull?: PullTimes;
    }
  | { readonly kind: 'created'; readonly container: string; readonly dockerId: string; readonly atMs: EpochMs }
  | { readonly kind: 'started'; readonly container: string; readonly atMs: EpochMs }
  /** The engine died in the middle of its start and holds a half-made task under its id: it never ran, and never will. */
  | { readonly kind: 'startSpoilt'; readonly container: string }
  | {
      readonly kind: 'bound';
      readonly container: string;
      readonly networkBindings: readonly NetworkBinding[];
    }
  /** A pull, create or start failed, or the container cannot go on for another reason (its log group is missing, say). */
  | {
      readonly kind: 'containerFailed';
      readonly container: string;
      readonly reason: string;
      readonly taskReason?: string;
      /** Of a pull that failed. */
      readonly pull?: PullTimes;
    }
  /** Stopping failed for good; it is taken as stopped, as Amazon's agent does. */
  | { readonly kind: 'stopFailed'; readonly container: string; readonly reason: string }
  | {
      readonly kind: 'exited';
      readonly container: string;
      readonly exitCode?: number;
      readonly oomKilled: boolean;
      /** The engine's word on why it could not run, or empty. */
      readonly error: string;
      readonly atMs: EpochMs;
      /** Replaces the reason worked out from the rest. */
      readonly reason?: string;
    }
  | { readonly kind: 'health'; readonly container: string; readonly health: ContainerHealth }
  | { readonly kind: 'released' };
