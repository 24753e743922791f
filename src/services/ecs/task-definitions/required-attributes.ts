import { parseArn } from '../../../kernel/index.ts';
import type { ContainerDefinition, Definition } from './definition.ts';
import { hasAny, isEcrImage, networkModeOf } from './definition.ts';

const legacy = 'com.amazonaws.ecs.capability.';
const current = 'ecs.capability.';

/** The engine's API version that each log driver came with. */
const logDriverApi: Readonly<Record<string, string>> = {
  awslogs: '1.19',
  'json-file': '1.18',
  syslog: '1.18',
  journald: '1.19',
  gelf: '1.20',
  fluentd: '1.20',
  splunk: '1.22',
  awsfirelens: '1.20',
};
/** Above this many CPU units an agent must say that it can. */
const increasedTaskCpuUnits = 10_240;

/**
 * The attributes a container instance must have to run the definition, as its agent announces them. Sorted by nothing: in
 * the order they are found, each once. FARGATE placement does not look at them.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html#attributes
 */
export function requiredAttributes(definition: Definition): readonly { readonly name: string }[] {
  const names = new Set<string>();
  for (const container of definition.containerDefinitions) {
    for (const name of containerAttributes(container, definition)) names.add(name);
  }
  for (const name of taskAttributes(definition)) names.add(name);
  return [...names].map((name) => ({ name }));
}

function api(version: string): string {
  return `${legacy}docker-remote-api.${version}`;
}

function* containerAttributes(container: ContainerDefinition, definition: Definition): Iterable<string> {
  yield* logAttributes(container, definition);
  if (isEcrImage(container.image ?? '')) {
    yield `${legacy}ecr-auth`;
    yield api('1.19');
    if (definition.executionRoleArn !== undefined) yield `${current}execution-role-ecr-pull`;
  }
  if (container.repositoryCredentials !== undefined) yield `${current}private-registry-authentication.secretsmanager`;
  yield* secretAttributes(container);
  if (hasAny(container.environmentFiles)) yield `${current}env-files.s3`;
  yield* lifeAttributes(container);
  yield* linuxAttributes(container);
  yield* securityAttributes(container);
}

/** Of health, order and restarts. */
function* lifeAttributes(container: ContainerDefinition): Iterable<string> {
  if (container.memoryReservation !== undefined) yield api('1.21');
  if (container.privileged === true) yield `${legacy}privileged-container`;
  if (container.healthCheck !== undefined) {
    yield `${current}container-health-check`;
    yield api(container.healthCheck.startPeriod === undefined ? '1.24' : '1.29');
  }
  if (container.restartPolicy?.enabled === true) yield `${current}container-restart-policy`;
  const ordered = hasAny(container.dependsOn);
  if (ordered || container.startTimeout !== undefined || container.stopTimeout !== undefined)
    yield `${current}container-ordering`;
  if ((container.portMappings ?? []).some((mapping) => mapping.containerPortRange !== undefined)) {
    yield `${current}network.container-port-range`;
  }
  if (container.firelensConfiguration !== undefined) yield* firelensAttributes(container.firelensConfiguration);
}

function* logAttributes({ logConfiguration: log }: ContainerDefinition, definition: Definition): Iterable<string> {
  if (log === undefined) return;
  yield `${legacy}logging-driver.${log.logDriver}`;
  if (log.logDriver === 'awslogs' && definition.executionRoleArn !== undefined)
    yield `${current}execution-role-awslogs`;
  yield api(logDriverApi[log.logDriver] ?? '1.18');
}

function* secretAttributes(container: ContainerDefinition): Iterable<string> {
  const places = [
    [container.secrets ?? [], 'environment-variables'],
    [container.logConfiguration?.secretOptions ?? [], 'bootstrap.log-driver'],
  ] as const;
  for (const [secrets, place] of places) {
    for (const { valueFrom } of secrets) {
      const store = parseArn(valueFrom)?.service === 'secretsmanager' ? 'asm' : 'ssm';
      yield `${current}secrets.${store}.${place}`;
    }
  }
}

function* firelensAttributes(firelens: NonNullable<ContainerDefinition['firelensConfiguration']>): Iterable<string> {
  yield `${current}firelens.${firelens.type}`;
  const from = firelens.options?.['config-file-type'];
  if (from !== undefined) yield `${current}firelens.options.config.${from}`;
}

/** What only newer engines, or engines with a kernel module, can do. */
function* linuxAttributes(container: ContainerDefinition): Iterable<string> {
  const linux = container.linuxParameters ?? {};
  if (linux.initProcessEnabled === true) yield api('1.25');
  if (linux.sharedMemorySize !== undefined || hasAny(linux.tmpfs)) yield api('1.22');
  if (linux.maxSwap !== undefined || linux.swappiness !== undefined) yield api('1.24');
  if (hasAny(container.systemControls)) yield api('1.24');
}

function* securityAttributes(container: ContainerDefinition): Iterable<string> {
  for (const option of container.dockerSecurityOptions ?? []) {
    if (option.startsWith('apparmor:')) yield `${legacy}apparmor`;
    if (option.startsWith('label:')) yield `${legacy}selinux`;
    if (option.startsWith('credentialspec:')) yield `${current}gmsa`;
  }
  for (const spec of container.credentialSpecs ?? []) {
    yield spec.startsWith('credentialspecdomainless:') ? `${current}gmsa-domainless` : `${current}gmsa`;
  }
}

function* taskAttributes(definition: Definition): Iterable<string> {
  const mode = networkModeOf(definition);
  if (definition.taskRoleArn !== undefined) {
    yield `${legacy}task-iam-role`;
    if (mode === 'host') yield `${legacy}task-iam-role-network-host`;
  }
  if (mode === 'awsvpc') {
    yield api('1.18');
    yield `${current}task-eni`;
  }
  if (definition.pidMode !== undefined || (definition.ipcMode !== undefined && definition.ipcMode !== 'none')) {
    yield `${current}pid-ipc-namespace-sharing`;
  }
  if (Number(definition.cpu ?? 0) > increasedTaskCpuUnits) yield `${current}increased-task-cpu-limit`;
  if (definition.proxyConfiguration !== undefined) yield `${current}aws-appmesh`;
  if (hasAny(definition.inferenceAccelerators)) yield `${current}task-eia`;
  if (definition.enableFaultInjection === true) yield `${current}fault-injection`;
  for (const volume of definition.volumes ?? []) yield* volumeAttributes(volume);
}

function* volumeAttributes(volume: NonNullable<Definition['volumes']>[number]): Iterable<string> {
  if (volume.dockerVolumeConfiguration !== undefined) {
    yield api('1.25');
    yield `${current}docker-plugin.${volume.dockerVolumeConfiguration.driver ?? 'local'}`;
  }
  if (volume.efsVolumeConfiguration !== undefined) {
    yield `${current}efs`;
    yield api('1.25');
    const { authorizationConfig, transitEncryption } = volume.efsVolumeConfiguration;
    if (authorizationConfig !== undefined || transitEncryption === 'ENABLED') yield `${current}efsAuth`;
  }
  if (volume.s3filesVolumeConfiguration !== undefined) yield `${current}storage.s3-files`;
  if (volume.fsxWindowsFileServerVolumeConfiguration !== undefined) yield `${current}fsxWindowsFileServer`;
  if (volume.configuredAtLaunch === true) yield `${current}storage.ebs-task-volume-attach`;
}
