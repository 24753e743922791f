import { InvalidArgument, parseArn } from '../../../kernel/index.ts';
import type { EBSTagSpecifications, TaskManagedEBSVolumeConfiguration } from '../../../protocol/generated/ecs.ts';
import { checkedTags } from '../attributes-and-tags/tags.ts';
import { invalidParameter, notImplemented } from '../errors.ts';
import type { TaskVolumes } from '../ports.ts';
import type { Tag } from '../records/scope.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import type { TaskRecord, TaskVolume } from '../records/task.ts';
import { isWindows } from '../task-definitions/definition.ts';
import { present } from './new-task.ts';

/** What every task of a request or a service gets. */
export type VolumeSpec = Omit<TaskVolume, 'id' | 'status' | 'made' | 'statusReason'>;

/** Of RunTask and StartTask; those of services are the same without a termination policy. */
export interface VolumeConfiguration {
  readonly name: string;
  readonly managedEBSVolume?: TaskManagedEBSVolumeConfiguration | undefined;
}

interface VolumeRequest {
  readonly definition: TaskDefinitionRecord;
  readonly configurations: readonly VolumeConfiguration[];
  readonly launchType: TaskRecord['launchType'];
  readonly platformVersion?: string;
  /** ECS's own tags, where they are wanted. */
  readonly managedTags: readonly Tag[];
  /** Of the service; absent: no service starts the task. */
  readonly serviceTags?: readonly Tag[];
}

/** Tags that ECS gives to the volumes it makes. */
const reservedTags = ['AmazonECSCreated', 'AmazonECSManaged'];

/**
 * The EBS volume that a definition leaves open and a request, or a service, describes.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/configure-ebs-volume.html
 * @returns undefined when there is none
 * @throws InvalidParameterException; AWS's sentence where it is published (https://github.com/go-to-k/cdkd/pull/811), else Longshore's own
 */
export function volumeSpec(request: VolumeRequest): VolumeSpec | undefined {
  const { definition, configurations } = request;
  const open = (definition.definition.volumes ?? []).find(({ configuredAtLaunch }) => configuredAtLaunch === true);
  const [configuration, ...more] = configurations;
  if (configuration === undefined) {
    if (open === undefined) return undefined;
    throw invalidParameter(
      `The volume '${open.name}' of the task definition is configured at launch: a volume configuration must be provided.`,
    );
  }
  if (more.length > 0) throw invalidParameter('Only one volume configuration can be provided.');
  if (open === undefined || open.name !== configuration.name)
    throw invalidParameter(
      'Volume configuration provided but no matching configuredAtLaunch volume found in task definition.',
    );
  const { managedEBSVolume: ebs } = configuration;
  if (ebs === undefined) throw invalidParameter(`managedEBSVolume of the volume '${configuration.name}' is missing.`);
  checkPlace(request);
  const role = parseArn(ebs.roleArn);
  if (role?.service !== 'iam' || !role.resource.startsWith('role/'))
    throw invalidParameter(`roleArn '${ebs.roleArn}' of the volume '${configuration.name}' is not the ARN of a role.`);
  if (ebs.sizeInGiB === undefined && ebs.snapshotId === undefined)
    throw invalidParameter(`The volume '${configuration.name}' needs a sizeInGiB or a snapshotId.`);
  return {
    name: configuration.name,
    roleArn: ebs.roleArn,
    deleteOnTermination: request.serviceTags !== undefined || (ebs.terminationPolicy?.deleteOnTermination ?? true),
    tags: volumeTags(ebs.tagSpecifications ?? [], request),
    wish: present({
      sizeGiB: ebs.sizeInGiB,
      type: ebs.volumeType,
      iops: ebs.iops,
      throughput: ebs.throughput,
      snapshotId: ebs.snapshotId,
      initializationRate: ebs.volumeInitializationRate,
      encrypted: ebs.encrypted,
      kmsKeyId: ebs.kmsKeyId,
    }),
    ...present({ fileSystem: fileSystem(ebs) }),
  };
}

function checkPlace({ definition, launchType, platformVersion }: VolumeRequest): void {
  if (launchType === 'EXTERNAL')
    throw invalidParameter('Amazon EBS volumes are not supported for launch type EXTERNAL.');
  if (isWindows(definition.definition)) throw notImplemented('An EBS volume of a Windows task');
  if (launchType === 'FARGATE' && platformVersion === '1.3.0')
    throw invalidParameter('Amazon EBS volumes need platform version 1.4.0 or later.');
}

function fileSystem({ filesystemType }: TaskManagedEBSVolumeConfiguration): TaskVolume['fileSystem'] {
  if (filesystemType === 'ntfs')
    throw invalidParameter("The filesystemType 'ntfs' is for Windows tasks; Linux tasks can have ext3, ext4 and xfs.");
  return filesystemType;
}

/** Those of the request win over what is propagated, ECS's own over both. */
function volumeTags(
  specifications: EBSTagSpecifications,
  { definition, serviceTags, managedTags }: VolumeRequest,
): readonly Tag[] {
  if (specifications.length > 1) throw invalidParameter('Only one tag specification can be provided for a volume.');
  const [specification] = specifications;
  const given = checkedTags(specification?.tags);
  const reserved = given.find(({ key }) => reservedTags.includes(key));
  if (reserved !== undefined)
    throw invalidParameter(`The tag key '${reserved.key}' is reserved and can't be used for a volume.`);
  const from = specification?.propagateTags ?? 'NONE';
  if (from === 'SERVICE' && serviceTags === undefined)
    throw invalidParameter('Tags can not be propagated from a service to a volume of a task that no service started.');
  const propagated = from === 'SERVICE' ? (serviceTags ?? []) : from === 'TASK_DEFINITION' ? definition.tags : [];
  const tags = new Map([...propagated, ...given, ...managedTags].map((tag) => [tag.key, tag]));
  return [...tags.values()];
}

/** @throws InvalidParameterException when EC2 has no such volume */
export function checkVolume(volumes: TaskVolumes, spec: VolumeSpec | undefined): void {
  if (spec === undefined) return;
  try {
    volumes.check(spec.wish);
  } catch (error) {
    if (error instanceof InvalidArgument) throw invalidParameter(error.message);
    throw error;
  }
}

/** All tags of a volume that ECS makes for a task. */
export function tagsOfVolume({ tags }: VolumeSpec, taskArn: string): Readonly<Record<string, string>> {
  const all = [
    ...tags.map(({ key, value }) => [key, value] as const),
    ['AmazonECSCreated', taskArn] as const,
    ['AmazonECSManaged', 'true'] as const,
  ];
  return Object.fromEntries(all);
}

/** How agents say that a volume could not be attached. */
const agentFailure = /^ECS (?:failed to set up|timed out while configuring) the EBS volume/;

/** One that was attached and is to be kept stays; any other goes with the task, also one that could not be attached. */
export function volumeOfStopped(volume: TaskVolume, reason: string): TaskVolume {
  if (volume.status === 'ATTACHED') return { ...volume, status: volume.deleteOnTermination ? 'DELETED' : 'DETACHED' };
  if (volume.status === 'CREATED' || volume.status === 'ATTACHING')
    return agentFailure.test(reason)
      ? { ...volume, status: 'FAILED', statusReason: reason }
      : { ...volume, status: 'DELETED' };
  return volume;
}
