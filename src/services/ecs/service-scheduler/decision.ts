import type { TargetGroupWeight } from '../ports.ts';
import type { ServiceDeploymentRecord } from '../records/service-deployment.ts';
import type { ServiceRecord } from '../records/service.ts';
import type { TaskSetRecord } from '../records/task-set.ts';
import type { TaskRecord } from '../records/task.ts';
import { maxActs } from './settings.ts';
import type { ServiceView, WantedTarget } from './view.ts';

export interface Stop {
  readonly taskKey: string;
  readonly stopCode: NonNullable<TaskRecord['stopCode']>;
  readonly reason: string;
}

export interface Start {
  readonly deploymentId: string;
  readonly count: number;
  /** DAEMON: the instance it is for. */
  readonly instanceKey?: string;
  /** Only there, for balance. */
  readonly zone?: string;
}

export interface Registration {
  readonly taskKey: string;
  readonly targets: readonly WantedTarget[];
}

/** New weights of a listener or rule. */
export interface WeightShift {
  readonly ruleArn: string;
  readonly weights: readonly TargetGroupWeight[];
}

/** What one look at a service leads to; applied as one transaction. */
export interface Decision {
  /** As it is to be written; the same object as in the view when nothing changed. */
  readonly service: ServiceRecord;
  readonly serviceDeployments: readonly ServiceDeploymentRecord[];
  readonly shifts: readonly WeightShift[];
  /** Changed ones; those that are over are in `goneTaskSets`. */
  readonly taskSets: readonly TaskSetRecord[];
  /** Ids of task sets that drained. */
  readonly goneTaskSets: readonly string[];
  /** Ended tasks that are now taken note of. */
  readonly settled: readonly string[];
  /** Tasks counted as healthy for the first time. */
  readonly healthy: readonly string[];
  readonly registrations: readonly Registration[];
  readonly stops: readonly Stop[];
  readonly starts: readonly Start[];
  readonly events: readonly string[];
  /** There is more to do than one turn may. */
  readonly more: boolean;
  /** When to look again if nothing changes. */
  readonly wakeAtMs?: number;
}

/** Operations of a transaction that acts may take; the rest is for the service, its deployment, its events and what they stand on. */
const maxOperations = 72;
/** Task, interface, address, public address and instance, read and written. */
export const startCost = 10;
/** Task, interface, address and public address, read and written; targets come on top. */
export const stopCost = 8;
export const noteCost = 2;
/** Target and group, read and written. */
export const targetCost = 4;
/** Listener, read and written, and what it stands on. */
const shiftCost = 5;

/** A decision while it is made. */
export class Draft {
  readonly view: ServiceView;
  service: ServiceRecord;
  readonly shifts: WeightShift[] = [];
  readonly taskSets: TaskSetRecord[] = [];
  readonly goneTaskSets: string[] = [];
  readonly settled: string[] = [];
  readonly healthy: string[] = [];
  readonly registrations: Registration[] = [];
  readonly stops: Stop[] = [];
  readonly starts: Start[] = [];
  readonly events: string[] = [];
  more = false;
  /** Something keeps the scheduler from going on now, said or not. */
  hindered = false;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #acts = 0;
  #operations = 0;
  readonly #serviceDeployments = new Map<string, ServiceDeploymentRecord>();

  constructor(view: ServiceView) {
    this.view = view;
    this.service = view.service;
  }

  /** Is there room for another act in this turn? What does not fit waits for the next. */
  take(cost: number): boolean {
    if (this.#acts >= maxActs || this.#operations + cost > maxOperations) {
      this.more = true;
      return false;
    }
    this.#acts += 1;
    this.#operations += cost;
    return true;
  }

  /** Weights move whole or not at all: they take their room before any act does. */
  shift(shift: WeightShift): void {
    this.#operations += shiftCost;
    this.shifts.push(shift);
  }

  wakeAt(atMs: number | undefined): void {
    if (atMs !== undefined && atMs > this.view.nowMs) this.#wakeAtMs = Math.min(this.#wakeAtMs, atMs);
  }

  /** The service deployment as decided so far. */
  serviceDeployment(id: string): ServiceDeploymentRecord | undefined {
    return this.#serviceDeployments.get(id) ?? this.view.serviceDeployments.get(id);
  }

  writeServiceDeployment(row: ServiceDeploymentRecord): void {
    this.#serviceDeployments.set(row.id, { ...row, updatedAtMs: this.view.nowMs });
  }

  finish(): Decision {
    const { service, shifts, taskSets, goneTaskSets, settled, healthy, registrations, stops, starts, events, more } =
      this;
    return {
      service,
      serviceDeployments: [...this.#serviceDeployments.values()],
      shifts,
      taskSets,
      goneTaskSets,
      settled,
      healthy,
      registrations,
      stops,
      starts,
      events,
      more,
      ...(this.#wakeAtMs === Number.POSITIVE_INFINITY ? {} : { wakeAtMs: this.#wakeAtMs }),
    };
  }
}
