import type { Log } from '../kernel/index.ts';
import type { FaultPlan } from './faults.ts';

export interface SimOptions {
  /** Lets every promise that is ready go on; in Node one turn of setImmediate. */
  settle(): Promise<void>;
  readonly faults?: FaultPlan;
  readonly ec2Machines?: number;
  readonly poolMachines?: number;
  /** Mean time between two actions of users. */
  readonly meanActionMs?: number;
  readonly log?: Log;
  /** Users also have services, behind a simulated load balancer. */
  readonly services?: boolean;
}

/** What one run was about. */
export interface SimReport {
  readonly seed: number;
  readonly simulatedMs: number;
  readonly actions: number;
  readonly serviceActions: number;
  /** Changes of the weights of services' rules. */
  readonly trafficShifts: number;
  readonly tasksStarted: number;
  readonly transactions: number;
  /** Crashes and restarts. */
  readonly serverDowns: number;
  readonly agentCrashes: number;
  readonly machinesLost: number;
  readonly disconnects: number;
  readonly partitions: number;
  readonly drains: number;
  readonly deregistrations: number;
}

/** A run in which something that must always hold did not. The seed in the message repeats it. */
export class InvariantBroken extends Error {
  override readonly name = 'InvariantBroken';
}
