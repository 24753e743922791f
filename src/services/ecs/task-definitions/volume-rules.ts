import { parseArn } from '../../../kernel/index.ts';
import type { ContainerDefinition, Definition, Problems, Volume } from './definition.ts';
import { isWithin, nameOf } from './definition.ts';

const maxVolumeNameLength = 255;
const minTransitPort = 1;
const maxTransitPort = 65_535;

/** What a volume is backed by; a volume has at most one. */
const kinds = [
  'host',
  'dockerVolumeConfiguration',
  'efsVolumeConfiguration',
  's3filesVolumeConfiguration',
  'fsxWindowsFileServerVolumeConfiguration',
] as const;

/** Rules about volumes and where containers mount them. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Volume.html */
export function* volumeProblems(definition: Definition): Problems {
  const names = new Set<string>();
  for (const volume of definition.volumes ?? []) {
    yield* identityProblems(volume, names);
    yield* kindProblems(volume);
    yield* dockerProblems(volume);
    yield* efsProblems(volume);
    yield* s3Problems(volume);
  }
  if ((definition.volumes ?? []).filter((volume) => volume.configuredAtLaunch === true).length > 1) {
    yield 'Only one volume in a task definition can be configured at launch.';
  }
  for (const container of definition.containerDefinitions) {
    yield* mountProblems(container, names);
    yield* sharedVolumeProblems(container, definition);
  }
}

function* identityProblems({ name = '' }: Volume, names: Set<string>): Problems {
  if (name === '') yield 'Volume.name should not be null or empty.';
  if (name.length > maxVolumeNameLength) yield `Volume.name should be ${maxVolumeNameLength} characters or less`;
  if (!/^[a-zA-Z0-9\-_]*$/.test(name)) yield 'Volume.name contains invalid characters.';
  if (names.has(name)) yield `Duplicate volume name '${name}'. Volume names must be unique within a task definition.`;
  names.add(name);
}

function* kindProblems(volume: Volume): Problems {
  const given = kinds.filter((kind) => volume[kind] !== undefined);
  if (given.length > 1) yield `Volume '${volume.name}' cannot have more than one of ${given.join(', ')}.`;
  if (volume.configuredAtLaunch === true && given.length > 0) {
    yield `Volume '${volume.name}' is configured at launch and cannot have ${given[0]}.`;
  }
  if (volume.host?.sourcePath === '') yield 'host.sourcePath should not be blank.';
  if (volume.host?.sourcePath !== undefined && !/^(?:\/|[A-Za-z]:)/.test(volume.host.sourcePath)) {
    yield `The host.sourcePath '${volume.host.sourcePath}' of volume '${volume.name}' must be an absolute path.`;
  }
}

function* dockerProblems({ name, dockerVolumeConfiguration: docker }: Volume): Problems {
  if (docker === undefined) return;
  if (docker.autoprovision !== undefined && docker.scope !== 'shared') {
    yield `The 'autoprovision' setting of volume '${name}' is only supported with scope shared.`;
  }
  if (docker.driver === '') yield `The Docker volume driver of volume '${name}' should not be blank.`;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EFSVolumeConfiguration.html */
function* efsProblems({ name, efsVolumeConfiguration: efs }: Volume): Problems {
  if (efs === undefined) return;
  if (!/^fs-[0-9a-f]{8,40}$/.test(efs.fileSystemId))
    yield `Invalid EFS file system ID '${efs.fileSystemId}' for volume '${name}'.`;
  const { accessPointId, iam } = efs.authorizationConfig ?? {};
  const encrypted = efs.transitEncryption === 'ENABLED';
  if (iam === 'ENABLED' && !encrypted) yield 'EFS transit encryption must be enabled to use IAM authorization.';
  if (accessPointId !== undefined) {
    if (!/^fsap-[0-9a-f]{8,40}$/.test(accessPointId))
      yield `Invalid EFS access point ID '${accessPointId}' for volume '${name}'.`;
    if (!encrypted) yield 'EFS transit encryption must be enabled to use an access point.';
    if (efs.rootDirectory !== undefined && efs.rootDirectory !== '/') {
      yield "The EFS root directory must be omitted or '/' when an access point is used.";
    }
  }
  yield* transitPortProblems(name, efs.transitEncryptionPort);
  if (efs.transitEncryptionPort !== undefined && !encrypted) {
    yield 'EFS transit encryption must be enabled to use a transit encryption port.';
  }
}

function* s3Problems({ name, s3filesVolumeConfiguration: s3 }: Volume): Problems {
  if (s3 === undefined) return;
  if (parseArn(s3.fileSystemArn) === undefined) yield 'Invalid arn syntax.';
  if (s3.accessPointArn !== undefined && parseArn(s3.accessPointArn) === undefined) yield 'Invalid arn syntax.';
  yield* transitPortProblems(name, s3.transitEncryptionPort);
}

function* transitPortProblems(name: string | undefined, port: number | undefined): Problems {
  if (port === undefined || isWithin(port, minTransitPort, maxTransitPort)) return;
  yield `Invalid 'transitEncryptionPort' setting for volume '${name}'. The value must be between ${minTransitPort} and ${maxTransitPort}.`;
}

function* mountProblems(container: ContainerDefinition, volumes: ReadonlySet<string>): Problems {
  const paths = new Set<string>();
  for (const { sourceVolume, containerPath = '' } of container.mountPoints ?? []) {
    if (sourceVolume === undefined || !volumes.has(sourceVolume)) yield `Unknown volume '${sourceVolume ?? 'null'}'.`;
    if (containerPath === '')
      yield `Mount point containerPath of container '${nameOf(container)}' should not be null or empty.`;
    if (paths.has(containerPath)) yield `Duplicate mount path '${containerPath}' for container '${nameOf(container)}'.`;
    paths.add(containerPath);
  }
}

function* sharedVolumeProblems(container: ContainerDefinition, definition: Definition): Problems {
  for (const { sourceContainer = '' } of container.volumesFrom ?? []) {
    if (!definition.containerDefinitions.some((other) => other.name === sourceContainer)) {
      yield `Unknown container '${sourceContainer}' in 'volumesFrom' of container '${nameOf(container)}'.`;
    }
    if (sourceContainer === container.name) yield `Container '${sourceContainer}' cannot use 'volumesFrom' of itself.`;
  }
}
