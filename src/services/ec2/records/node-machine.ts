import type { Underlay } from '../../../network-protocol/index.ts';
import type { TableSpec } from '../../../store/index.ts';

/** The machine that the interfaces of load balancers are on, as its balancer said last. There is one balancer. */
export interface NodeMachineRecord {
  readonly underlay: Underlay;
}

export const nodeMachineKey = '/ec2/node-machine/balancer';

export const nodeMachines: TableSpec<NodeMachineRecord, never> = { prefix: '/ec2/node-machine/', indexes: {} };
