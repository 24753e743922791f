import type {
  ClosedWay,
  ElasticNetworkInterface,
  IamRoleCredentials,
  PayloadContainer,
  PayloadFileSystem,
  PayloadTask,
  PayloadVolume,
} from '../../../agent-protocol/index.ts';
import type { TaskConnect } from '../../../connect-protocol/index.ts';
import type { ContainerDefinition, Volume } from '../../../protocol/generated/ecs.ts';
import { clusterArn } from '../records/cluster.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import { taskArn, type TaskAttachment, type TaskRecord } from '../records/task.ts';
import { ecrRegistryOf, networkModeOf } from '../task-definitions/definition.ts';
import { attachmentArn, containerArn } from '../tasks/described.ts';
import { overridden } from '../tasks/overridden.ts';
import { toldToAgent } from '../tasks/stopping.ts';
import { dockerConfig, dockerHostConfig } from './docker-config.ts';
import { ebsAttachments, ebsExtension } from './payload-ebs.ts';
import { payloadSecrets, secretRegistryAuthentication } from './payload-secrets.ts';

/** Address of the name server inside tasks. */
const nameServer = '169.254.169.253';
const cpuUnitsPerCore = 1024;

export interface PayloadOptions {
  readonly taskCredentials?: IamRoleCredentials;
  readonly executionCredentials?: IamRoleCredentials;
  /** The account's `defaultLogDriverMode`. */
  readonly defaultLogMode: string;
  /** By container name: the images that the task must run, whatever their tags mean. */
  readonly imageDigests?: Readonly<Record<string, string>>;
  /** By volume name: the file systems of EFS. */
  readonly fileSystems?: Readonly<Record<string, PayloadFileSystem>>;
  /** Of a service with Service Connect. */
  readonly serviceConnect?: TaskConnect;
  readonly closedWays?: readonly ClosedWay[];
}

/** What tasks of one revision with the same overrides have in common. */
interface SharedPayload {
  /** Of everything beside the revision that it was made from. */
  readonly madeFrom: string;
  /** The overrides that were last found to be the same: tasks of one request share the object. */
  overrides: TaskRecord['overrides'];
  readonly defaultLogMode: string;
  readonly withExecutionRole: boolean;
  /** As the overrides: found to be the same. */
  imageDigests: PayloadOptions['imageDigests'];
  readonly task: Pick<
    PayloadTask,
    | 'family'
    | 'version'
    | 'cpu'
    | 'memory'
    | 'networkMode'
    | 'pidMode'
    | 'ipcMode'
    | 'taskDefinitionAccountId'
    | 'volumes'
  >;
  /** Without the ARN, which is each task's own. */
  readonly containers: readonly PayloadContainer[];
}

/** The last one of each revision: most of its tasks are alike, and the larger part of a payload is the same for all. */
const lastShared = new WeakMap<TaskDefinitionRecord, SharedPayload>();

function sharedPayload(task: TaskRecord, definition: TaskDefinitionRecord, options: PayloadOptions): SharedPayload {
  const withExecutionRole = options.executionCredentials !== undefined;
  const { defaultLogMode, imageDigests } = options;
  const { overrides } = task;
  const known = lastShared.get(definition);
  if (
    known?.overrides === overrides &&
    known.defaultLogMode === defaultLogMode &&
    known.imageDigests === imageDigests &&
    known.withExecutionRole === withExecutionRole
  )
    return known;
  const madeFrom = JSON.stringify([defaultLogMode, withExecutionRole, overrides, imageDigests]);
  if (known?.madeFrom === madeFrom) {
    known.overrides = overrides;
    known.imageDigests = imageDigests;
    return known;
  }
  const laidOver = overridden(definition.definition, task.overrides);
  const networkMode = networkModeOf(definition.definition);
  const { pidMode, ipcMode, volumes = [] } = definition.definition;
  const made: SharedPayload = {
    madeFrom,
    overrides,
    defaultLogMode,
    withExecutionRole,
    imageDigests,
    task: {
      family: definition.family,
      version: String(definition.revision),
      ...(laidOver.cpuUnits === undefined ? {} : { cpu: laidOver.cpuUnits / cpuUnitsPerCore }),
      ...(laidOver.memoryMiB === undefined ? {} : { memory: laidOver.memoryMiB }),
      networkMode,
      ...(pidMode === undefined ? {} : { pidMode }),
      ...(ipcMode === undefined ? {} : { ipcMode }),
      taskDefinitionAccountId: definition.account,
      volumes: volumes.map(payloadVolume),
    },
    containers: laidOver.containers.map((container) =>
      payloadContainer(withDigest(container, imageDigests), {
        networkMode,
        account: definition.account,
        region: definition.region,
        defaultLogMode,
        withExecutionRole,
      }),
    ),
  };
  lastShared.set(definition, made);
  return made;
}

/** A task as its agent gets it: the definition with the overrides laid over, in the agent protocol's and Docker's words. */
export function payloadTask(task: TaskRecord, definition: TaskDefinitionRecord, options: PayloadOptions): PayloadTask {
  const shared = sharedPayload(task, definition, options);
  const { taskCredentials, executionCredentials, fileSystems, serviceConnect, closedWays } = options;
  const { attachment, ephemeralStorageGiB, platformVersion } = task;
  return {
    arn: taskArn(task, task.cluster, task.id),
    taskClusterArn: clusterArn(task, task.cluster),
    desiredStatus: toldToAgent(task),
    launchType: task.launchType,
    containers: shared.containers.map((container) => withArn(container, task)),
    longshore: {
      account: task.account,
      region: task.region,
      availabilityZone: task.availabilityZone ?? '',
      ...(attachment === undefined ? {} : { vpcId: attachment.vpcId, vpcPrefixes: attachment.vpcPrefixes }),
      ...(ephemeralStorageGiB === undefined ? {} : { ephemeralStorageGiB }),
      ...(platformVersion === undefined ? {} : { platformVersion }),
      ...(fileSystems === undefined ? {} : { efsVolumes: fileSystems }),
      ...ebsExtension(task),
      ...(serviceConnect === undefined ? {} : { serviceConnect }),
      ...(closedWays === undefined ? {} : { closedWays }),
    },
    ...(task.group === undefined ? {} : { group: task.group }),
    ...(task.group?.startsWith('service:') === true ? { serviceName: task.group.slice('service:'.length) } : {}),
    ...(taskCredentials === undefined ? {} : { roleCredentials: taskCredentials }),
    ...(executionCredentials === undefined ? {} : { executionRoleCredentials: executionCredentials }),
    ...(attachment === undefined ? {} : { elasticNetworkInterfaces: [elasticNetworkInterface(task, attachment)] }),
    ...ebsAttachments(task),
    ...shared.task,
  };
}

/** `name:tag@digest`: the tag is for people, the digest decides. */
function withDigest(container: ContainerDefinition, imageDigests: PayloadOptions['imageDigests']): ContainerDefinition {
  const digest = imageDigests?.[container.name ?? ''];
  return digest === undefined ? container : { ...container, image: `${container.image ?? ''}@${digest}` };
}

function withArn(container: PayloadContainer, task: TaskRecord): PayloadContainer {
  const own = task.containers.find(({ name }) => name === container.name);
  return own === undefined ? container : { containerArn: containerArn(task, own), ...container };
}

/** The interface of a task, as AttachTaskNetworkInterfacesMessage and the payload carry it. */
export function elasticNetworkInterface(task: TaskRecord, attachment: TaskAttachment): ElasticNetworkInterface {
  return {
    attachmentArn: attachmentArn(task, attachment.id),
    ec2Id: attachment.networkInterfaceId,
    index: 0,
    macAddress: attachment.macAddress,
    interfaceAssociationProtocol: 'default',
    ipv4Addresses: [{ primary: true, privateAddress: attachment.privateIpv4Address }],
    subnetGatewayIpv4Address: `${attachment.gateway}/${attachment.prefixLength}`,
    domainName: [],
    domainNameServers: [nameServer],
    privateDnsName: attachment.privateDnsName,
  };
}

type ContainerOptions = Parameters<typeof dockerHostConfig>[1] & {
  readonly account: string;
  readonly withExecutionRole: boolean;
};

/** A secret that the definition names counts more than the registry's own door. */
function imageAuthentication(
  container: ContainerDefinition,
  options: ContainerOptions,
): Pick<PayloadContainer, 'registryAuthentication'> {
  return container.repositoryCredentials === undefined
    ? registryAuthentication(container.image ?? '', options.withExecutionRole)
    : secretRegistryAuthentication(container, options);
}

function payloadContainer(container: ContainerDefinition, options: ContainerOptions): PayloadContainer {
  const { startTimeout, stopTimeout, restartPolicy } = container;
  return {
    name: container.name ?? '',
    image: container.image ?? '',
    cpu: container.cpu ?? 0,
    memory: container.memory ?? 0,
    essential: container.essential ?? true,
    ...(container.command === undefined ? {} : { command: container.command }),
    ...(container.entryPoint === undefined ? {} : { entryPoint: container.entryPoint }),
    environment: Object.fromEntries((container.environment ?? []).map(({ name, value }) => [name ?? '', value ?? ''])),
    overrides: '{"command":null}',
    portMappings: (container.portMappings ?? []).map(payloadPort),
    mountPoints: (container.mountPoints ?? []).map(({ sourceVolume = '', containerPath = '', readOnly = false }) => ({
      sourceVolume,
      containerPath,
      readOnly,
    })),
    volumesFrom: (container.volumesFrom ?? []).map(({ sourceContainer = '', readOnly = false }) => ({
      sourceContainer,
      readOnly,
    })),
    links: container.links ?? [],
    dependsOn: container.dependsOn ?? [],
    ...(startTimeout === undefined ? {} : { startTimeout }),
    ...(stopTimeout === undefined ? {} : { stopTimeout }),
    dockerConfig: {
      config: JSON.stringify(dockerConfig(container)),
      hostConfig: JSON.stringify(dockerHostConfig(container, options)),
      version: '1.24',
    },
    ...(container.healthCheck === undefined ? {} : { healthCheckType: 'docker' as const }),
    ...imageAuthentication(container, options),
    ...(options.withExecutionRole && container.logConfiguration?.logDriver === 'awslogs'
      ? { logsAuthStrategy: 'ExecutionRole' as const }
      : {}),
    ...payloadSecrets(container, options),
    ...payloadEnvironmentFiles(container),
    ...(restartPolicy === undefined
      ? {}
      : {
          restartPolicy: {
            enabled: restartPolicy.enabled,
            ignoredExitCodes: restartPolicy.ignoredExitCodes ?? [],
            ...(restartPolicy.restartAttemptPeriod === undefined
              ? {}
              : { restartAttemptPeriod: restartPolicy.restartAttemptPeriod }),
          },
        }),
  };
}

/** Where from only: the agent fetches them with the execution role. */
function payloadEnvironmentFiles({
  environmentFiles = [],
}: ContainerDefinition): Pick<PayloadContainer, 'environmentFiles'> {
  if (environmentFiles.length === 0) return {};
  return { environmentFiles: environmentFiles.map(({ value }) => ({ value, type: 's3' })) };
}

/** Images of ECR are pulled with the execution role when the task has one. */
function registryAuthentication(
  image: string,
  useExecutionRole: boolean,
): Pick<PayloadContainer, 'registryAuthentication'> {
  const registry = ecrRegistryOf(image);
  if (registry === undefined) return {};
  const { account: registryId, region } = registry;
  return { registryAuthentication: { type: 'ecr', ecrAuthData: { registryId, region, useExecutionRole } } };
}

function payloadPort(
  mapping: NonNullable<ContainerDefinition['portMappings']>[number],
): PayloadContainer['portMappings'][number] {
  const { containerPort, hostPort, containerPortRange, protocol = 'tcp' } = mapping;
  return {
    ...(containerPort === undefined ? {} : { containerPort, hostPort: hostPort ?? 0 }),
    ...(containerPortRange === undefined ? {} : { containerPortRange }),
    protocol,
  };
}

function payloadVolume(volume: Volume): PayloadVolume {
  const { dockerVolumeConfiguration: docker, efsVolumeConfiguration: efs } = volume;
  if (efs !== undefined) return { name: volume.name ?? '', type: 'efs', efsVolumeConfiguration: payloadEfs(efs) };
  if (volume.configuredAtLaunch === true) return { name: volume.name ?? '', type: 'attachment' };
  if (docker === undefined) {
    const sourcePath = volume.host?.sourcePath;
    return { name: volume.name ?? '', type: 'host', host: sourcePath === undefined ? {} : { sourcePath } };
  }
  const { scope, autoprovision, driver, driverOpts, labels } = docker;
  return {
    name: volume.name ?? '',
    type: 'docker',
    dockerVolumeConfiguration: {
      ...(scope === undefined ? {} : { scope }),
      ...(autoprovision === undefined ? {} : { autoprovision }),
      ...(driver === undefined ? {} : { driver }),
      ...(driverOpts === undefined ? {} : { driverOpts }),
      ...(labels === undefined ? {} : { labels }),
    },
  };
}

function payloadEfs({
  fileSystemId,
  rootDirectory,
  transitEncryption,
  transitEncryptionPort: port,
  authorizationConfig: { accessPointId, iam } = {},
}: NonNullable<Volume['efsVolumeConfiguration']>): NonNullable<PayloadVolume['efsVolumeConfiguration']> {
  return {
    fileSystemId,
    ...(rootDirectory === undefined ? {} : { rootDirectory }),
    ...(transitEncryption === undefined ? {} : { transitEncryption }),
    ...(port === undefined ? {} : { transitEncryptionPort: port }),
    authorizationConfig: {
      ...(accessPointId === undefined ? {} : { accessPointId }),
      ...(iam === undefined ? {} : { iam }),
    },
  };
}
