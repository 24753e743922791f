import type { ContainerInstance, InstanceHealthCheckResult, Resource } from '../../../protocol/generated/ecs.ts';
import { containerInstanceArn, type ContainerInstanceRecord } from '../records/container-instance.ts';
import type { Available } from '../scheduler/ledger.ts';

/** Amounts as the API shows them; ports are the ones that cannot be had. */
interface Amounts {
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  readonly tcpPorts: readonly number[];
  readonly udpPorts: readonly number[];
}

function ports(name: string, values: readonly number[]): Resource {
  return { name, type: 'STRINGSET', doubleValue: 0, longValue: 0, integerValue: 0, stringSetValue: values.map(String) };
}

function integer(name: string, value: number): Resource {
  return { name, type: 'INTEGER', doubleValue: 0, longValue: 0, integerValue: value };
}

function resources(amounts: Amounts): readonly Resource[] {
  return [
    integer('CPU', amounts.cpuUnits),
    integer('MEMORY', amounts.memoryMiB),
    ports('PORTS', amounts.tcpPorts),
    ports('PORTS_UDP', amounts.udpPorts),
  ];
}

export interface InstanceDetails {
  /** What is free; absent for an instance that left. */
  readonly available: Available | undefined;
  /** The agent's health checks, where asked for. */
  readonly health?: readonly InstanceHealthCheckResult[];
  readonly tags: boolean;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerInstance.html */
export function describedInstance(instance: ContainerInstanceRecord, details: InstanceDetails): ContainerInstance {
  const { available, health } = details;
  return {
    containerInstanceArn: containerInstanceArn(instance, instance.cluster, instance.id),
    ec2InstanceId: instance.ec2InstanceId,
    version: instance.version,
    versionInfo: {
      agentVersion: instance.agentVersion,
      agentHash: instance.agentHash,
      dockerVersion: instance.dockerVersion,
    },
    remainingResources: resources(available ?? instance.registered),
    registeredResources: resources(instance.registered),
    status: instance.status,
    statusReason: instance.statusReason,
    agentConnected: available?.connected ?? false,
    runningTasksCount: available?.runningTasksCount ?? 0,
    pendingTasksCount: available?.pendingTasksCount ?? 0,
    attributes: instance.attributes,
    registeredAt: instance.registeredAtMs,
    attachments: [],
    tags: details.tags ? instance.tags : [],
    ...(health === undefined ? {} : { healthStatus: { overallStatus: overall(health), details: health } }),
  };
}

type Health = NonNullable<InstanceHealthCheckResult['status']>;

/** The worst of the checks; INSUFFICIENT_DATA without any. */
function overall(health: readonly InstanceHealthCheckResult[]): Health {
  const found = new Set(health.map((check) => check.status));
  for (const status of ['IMPAIRED', 'INSUFFICIENT_DATA', 'INITIALIZING'] as const) if (found.has(status)) return status;
  return found.has('OK') ? 'OK' : 'INSUFFICIENT_DATA';
}
