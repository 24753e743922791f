import { formatArn } from '../../../kernel/index.ts';
import type { TableSpec } from '../../../store/index.ts';
import type { Scope, Tag } from './scope.ts';

/** Amounts of what tasks take from an instance. Ports are single TCP or UDP host ports. */
export interface Resources {
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  readonly tcpPorts: readonly number[];
  readonly udpPorts: readonly number[];
}

/**
 * A machine that joined a cluster. What is free on it is not stored: it is registered minus the resources of its tasks
 * (see scheduler/ledger). Heartbeats and connections are not stored either (see agent-gateway).
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerInstance.html
 */
export interface ContainerInstanceRecord extends Scope {
  readonly cluster: string;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly ec2InstanceId?: string;
  /** IPv4 address its agent registered from: where its ports are reached, as a target of a load balancer. */
  readonly address?: string;
  readonly launchType: 'EC2' | 'EXTERNAL' | 'FARGATE';
  readonly status: 'REGISTERING' | 'ACTIVE' | 'DRAINING' | 'DEREGISTERING' | 'INACTIVE' | 'REGISTRATION_FAILED';
  readonly statusReason?: string;
  /** Whole machine; `tcpPorts`/`udpPorts` are the reserved, not usable ones. */
  readonly registered: Resources;
  readonly attributes: readonly { readonly name: string; readonly value?: string }[];
  readonly agentVersion?: string;
  readonly agentHash?: string;
  readonly dockerVersion?: string;
  readonly registeredAtMs: number;
  /** Version of the record as the API counts it: grows with each change. */
  readonly version: number;
  /** Largest seqNum or timeline handed to this instance's agent is above this; stored in leaps so that it only grows over restarts. */
  readonly sequenceFloor: number;
  readonly tags: readonly Tag[];
}

export function containerInstanceKey(scope: Scope, cluster: string, id: string): string {
  return `/ecs/instance/${scope.account}/${scope.region}/${cluster}/${id}`;
}

export function containerInstanceArn(scope: Scope, cluster: string, id: string): string {
  return formatArn('ecs', scope.region, scope.account, `container-instance/${cluster}/${id}`);
}

export const containerInstances: TableSpec<ContainerInstanceRecord, 'cluster' | 'clusterStatus'> = {
  prefix: '/ecs/instance/',
  indexes: {
    cluster: (row) => (row.status === 'INACTIVE' ? undefined : `${row.account}/${row.region}/${row.cluster}`),
    clusterStatus: (row) => `${row.account}/${row.region}/${row.cluster}/${row.status}`,
  },
};
