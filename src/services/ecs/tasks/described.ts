import { formatArn } from '../../../kernel/index.ts';
import { reusable } from '../../../protocol/api/index.ts';
import type { Attachment, Container, Task } from '../../../protocol/generated/ecs.ts';
import { clusterArn } from '../records/cluster.ts';
import { containerInstanceArn } from '../records/container-instance.ts';
import { taskDefinitionArn } from '../records/task-definition.ts';
import { taskArn } from '../records/task.ts';
import type { TaskAttachment, TaskContainer, TaskRecord, TaskVolume } from '../records/task.ts';

/**
 * What was made of a row that the tables keep decoded: rows never change. Of others nothing is remembered, since each entry would make its
 * row outlive the request, which makes the collector's pauses long.
 */
const withTags = new WeakMap<TaskRecord, Task>();
const withoutTags = new WeakMap<TaskRecord, Task>();

/** `describedTask` of a row of the tables; of one that they keep (`Table.keeps`) it is made, and written as JSON, once for as long as they do. */
export function describedRow(row: TaskRecord, options: { readonly tags: boolean; readonly kept: boolean }): Task {
  if (!options.kept) return describedTask(row, options);
  const known = options.tags ? withTags : withoutTags;
  const found = known.get(row);
  if (found !== undefined) return found;
  const described = reusable(describedTask(row, options));
  known.set(row, described);
  return described;
}

/** A task as the API shows it; tags only where they were asked for. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html */
export function describedTask(task: TaskRecord, options: { readonly tags: boolean }): Task {
  const arn = taskArn(task, task.cluster, task.id);
  return {
    attachments: [
      ...(task.attachment === undefined ? [] : [describedAttachment(task.attachment)]),
      ...(task.volume === undefined ? [] : [describedVolume(task.volume)]),
    ],
    attributes:
      task.cpuArchitecture === undefined ? [] : [{ name: 'ecs.cpu-architecture', value: task.cpuArchitecture }],
    availabilityZone: task.availabilityZone,
    capacityProviderName: task.capacityProviderName,
    clusterArn: clusterArn(task, task.cluster),
    connectivity: task.connectivity,
    connectivityAt: task.connectivityAtMs,
    containerInstanceArn: shownInstance(task),
    containers: task.containers.map((container) => describedContainer(task, arn, container)),
    cpu: task.cpu ?? String(task.resources.cpuUnits),
    createdAt: task.createdAtMs,
    desiredStatus: task.desiredStatus,
    enableExecuteCommand: task.enableExecuteCommand,
    executionStoppedAt: task.executionStoppedAtMs,
    group: task.group,
    healthStatus: taskHealth(task),
    inferenceAccelerators: [],
    lastStatus: task.lastStatus,
    launchType: task.launchType,
    memory: task.memory ?? String(task.resources.memoryMiB),
    overrides: task.overrides,
    platformVersion: task.platformVersion,
    platformFamily: task.platformFamily,
    pullStartedAt: task.pullStartedAtMs,
    pullStoppedAt: task.pullStoppedAtMs,
    startedAt: task.startedAtMs,
    startedBy: task.startedBy,
    stopCode: task.stopCode,
    stoppedAt: task.stoppedAtMs,
    stoppedReason: task.stoppedReason,
    stoppingAt: task.stoppingAtMs,
    tags: options.tags ? task.tags : [],
    taskArn: arn,
    taskDefinitionArn: taskDefinitionArn(task, task.family, task.revision),
    version: task.version,
    ...(task.ephemeralStorageGiB === undefined
      ? {}
      : {
          ephemeralStorage: { sizeInGiB: task.ephemeralStorageGiB },
          fargateEphemeralStorage: { sizeInGiB: task.ephemeralStorageGiB },
        }),
  };
}

/** FARGATE's instances are never shown. */
function shownInstance(task: TaskRecord): string | undefined {
  if (task.instanceKey === undefined || task.launchType === 'FARGATE') return undefined;
  return containerInstanceArn(task, task.cluster, task.instanceKey.slice(task.instanceKey.lastIndexOf('/') + 1));
}

/** The attachment of a task's interface or volume. */
export function attachmentArn(task: Pick<TaskRecord, 'account' | 'region' | 'cluster'>, id: string): string {
  return formatArn('ecs', task.region, task.account, `attachment/${id}`);
}

function describedAttachment(attachment: TaskAttachment): Attachment {
  return {
    id: attachment.id,
    type: 'ElasticNetworkInterface',
    status: attachment.status,
    details: [
      { name: 'subnetId', value: attachment.subnetId },
      { name: 'networkInterfaceId', value: attachment.networkInterfaceId },
      { name: 'macAddress', value: attachment.macAddress },
      { name: 'privateDnsName', value: attachment.privateDnsName },
      { name: 'privateIPv4Address', value: attachment.privateIpv4Address },
    ],
  };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Attachment.html */
function describedVolume({
  id,
  status,
  roleArn,
  name,
  deleteOnTermination,
  made,
  statusReason,
}: TaskVolume): Attachment {
  return {
    id,
    type: 'AmazonElasticBlockStorage',
    status,
    details: [
      ...(made === undefined ? [] : [{ name: 'volumeId', value: made.volumeId }]),
      { name: 'roleArn', value: roleArn },
      { name: 'volumeName', value: name },
      { name: 'deleteOnTermination', value: String(deleteOnTermination) },
      ...(statusReason === undefined ? [] : [{ name: 'statusReason', value: statusReason }]),
    ],
  };
}

export function containerArn(task: TaskRecord, container: Pick<TaskContainer, 'id'>): string {
  return formatArn('ecs', task.region, task.account, `container/${task.cluster}/${task.id}/${container.id}`);
}

function describedContainer(task: TaskRecord, arn: string, container: TaskContainer): Container {
  const { attachment } = task;
  return {
    containerArn: containerArn(task, container),
    taskArn: arn,
    name: container.name,
    image: container.image,
    imageDigest: container.imageDigest,
    runtimeId: container.runtimeId,
    lastStatus: container.lastStatus,
    exitCode: container.exitCode,
    reason: container.reason,
    networkBindings: container.networkBindings,
    networkInterfaces:
      attachment === undefined
        ? []
        : [{ attachmentId: attachment.id, privateIpv4Address: attachment.privateIpv4Address }],
    healthStatus: container.healthStatus,
    cpu: String(container.cpuUnits),
    memory: container.memoryMiB === undefined ? undefined : String(container.memoryMiB),
    memoryReservation:
      container.memoryReservationMiB === undefined ? undefined : String(container.memoryReservationMiB),
  };
}

/**
 * HEALTHY when all essential containers with a health check are, UNHEALTHY when one is, else UNKNOWN.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
 */
export function taskHealth(task: TaskRecord): 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN' {
  const checked = task.containers.filter((container) => container.essential && container.checked);
  if (checked.some((container) => container.healthStatus === 'UNHEALTHY')) return 'UNHEALTHY';
  return checked.length > 0 && checked.every((container) => container.healthStatus === 'HEALTHY')
    ? 'HEALTHY'
    : 'UNKNOWN';
}
