import type { Clock, Ids, Log } from '../../kernel/index.ts';
import { LongshoreError, messageOf } from '../../kernel/index.ts';
import type { EngineInfo } from '../../runtime/index.ts';
import type { HostResources } from '../engine/index.ts';
import { limits } from '../limits.ts';
import { sleep } from '../sleep.ts';
import { ApiError } from './api-client.ts';
import type { Attribute, EcsApi, RegisteredInstance, TotalResource } from './ecs-api.ts';

/** Docker API versions for which ECS has an attribute of its own; a scheduler asks for 1.18 and 1.19 mostly. */
const attributedApiVersions = [
  17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44,
];

export interface CapabilityFacts {
  readonly engine: EngineInfo;
  readonly external: boolean;
  /** Interfaces of tasks' own can be wired on this machine. */
  readonly awsvpc: boolean;
  /** Limits of a whole task can be enforced by a cgroup. */
  readonly taskCgroups: boolean;
  /** File systems of EFS are directories of this machine. */
  readonly fileSystems: boolean;
  /** EBS volumes can be attached. */
  readonly ebs: boolean;
  /** How other machines reach this one; absent: they do not. */
  readonly underlay?: { readonly address: string; readonly vxlan: string } | undefined;
}

/** Only what this agent honours: schedulers place tasks by it. */
export function capabilityAttributes(facts: CapabilityFacts): readonly Attribute[] {
  const { engine } = facts;
  const spoken = Number(engine.apiVersion.split('.')[1] ?? 0);
  const dockers = attributedApiVersions.filter((minor) => minor <= Math.max(spoken, 44) && minor <= 44);
  const drivers = new Set(['awslogs', 'json-file', 'none', ...engine.logDrivers]);
  const common = 'com.amazonaws.ecs.capability';
  const names = [
    ...dockers.map((minor) => `${common}.docker-remote-api.1.${minor}`),
    ...[...drivers].map((driver) => `${common}.logging-driver.${driver}`),
    `${common}.privileged-container`,
    `${common}.task-iam-role`,
    `${common}.task-iam-role-network-host`,
    `${common}.ecr-auth`,
    'ecs.capability.execution-role-ecr-pull',
    'ecs.capability.execution-role-awslogs',
    'ecs.capability.container-ordering',
    ...['asm', 'ssm'].flatMap((store) =>
      ['environment-variables', 'bootstrap.log-driver'].map((use) => `ecs.capability.secrets.${store}.${use}`),
    ),
    'ecs.capability.env-files.s3',
    'ecs.capability.private-registry-authentication.secretsmanager',
    'ecs.capability.container-health-check',
    'ecs.capability.container-restart-policy',
    'ecs.capability.full-sync',
    'ecs.capability.network.container-port-range',
    'ecs.capability.pid-ipc-namespace-sharing',
    ...['local', ...engine.volumeDrivers.filter((driver) => driver !== 'local')].map(
      (driver) => `ecs.capability.docker-plugin.${driver}`,
    ),
    ...(facts.taskCgroups ? ['ecs.capability.task-cpu-mem-limit', 'ecs.capability.increased-task-cpu-limit'] : []),
    ...(facts.awsvpc ? ['ecs.capability.task-eni'] : []),
    ...(facts.fileSystems ? ['ecs.capability.efs', 'ecs.capability.efsAuth'] : []),
    ...(facts.ebs
      ? ['ecs.capability.storage.ebs-task-volume-attach', 'ecs.capability.storage.ebsta-non-root-user']
      : []),
    ...(facts.external ? ['ecs.capability.external'] : []),
  ];
  const architecture = engine.architecture === 'amd64' ? 'x86_64' : engine.architecture;
  return [
    ...names.map((name) => ({ name })),
    { name: 'ecs.os-type', value: 'linux' },
    { name: 'ecs.os-family', value: 'LINUX' },
    { name: 'ecs.cpu-architecture', value: architecture },
    ...underlayAttributes(facts),
  ];
}

/** What the control plane leads other machines to the tasks of this one by. */
function underlayAttributes({ underlay, awsvpc }: CapabilityFacts): readonly Attribute[] {
  if (underlay === undefined || !awsvpc) return [];
  return [
    { name: 'ecs.longshore.underlay-address', value: underlay.address },
    { name: 'ecs.longshore.vxlan', value: underlay.vxlan },
  ];
}

export function totalResources(resources: HostResources): readonly TotalResource[] {
  return [
    { name: 'CPU', type: 'INTEGER', integerValue: resources.cpuUnits },
    { name: 'MEMORY', type: 'INTEGER', integerValue: resources.memoryMiB },
    { name: 'PORTS', type: 'STRINGSET', stringSetValue: resources.tcpPorts.map(String) },
    { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: resources.udpPorts.map(String) },
  ];
}

export interface RegistrationOptions {
  readonly api: EcsApi;
  readonly cluster: string;
  /** No cluster was configured: `default` is made when it is missing. */
  readonly createMissingCluster: boolean;
  /** The same as long as this agent's data lives: a registration that is tried again makes no second instance. */
  readonly clientToken: string;
  readonly savedArn?: string;
  readonly attributes: readonly Attribute[];
  readonly customAttributes: readonly Attribute[];
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  readonly resources: HostResources;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly stopped: () => boolean;
}

/** Registration was refused for good. */
export class RegistrationRefused extends LongshoreError {
  override readonly name = 'RegistrationRefused';
}

const fatalCodes = [
  'InvalidParameterException',
  'InstanceInUseException',
  'ClientException',
  'AccessDeniedException',
  'UnrecognizedClientException',
];

/**
 * Registers the container instance, or confirms a saved one; keeps trying while the control plane is not there.
 * @throws RegistrationRefused when trying again cannot help
 */
export async function register(options: RegistrationOptions): Promise<RegisteredInstance> {
  const { api, clock, ids, log, savedArn, clientToken } = options;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const first = savedArn === undefined;
      const registered = await api.registerContainerInstance({
        cluster: options.cluster,
        clientToken,
        ...(first ? {} : { containerInstanceArn: savedArn }),
        instanceIdentityDocument: '',
        instanceIdentityDocumentSignature: '',
        totalResources: totalResources(options.resources),
        attributes: first ? [...options.customAttributes, ...options.attributes] : options.attributes,
        ...(first && options.tags.length > 0 ? { tags: options.tags } : {}),
      });
      checkEcho(options.attributes, registered.attributes);
      return registered;
    } catch (error) {
      if (options.stopped()) throw error;
      if (error instanceof RegistrationRefused) throw error;
      if (error instanceof ApiError && error.code === 'ClusterNotFoundException' && options.createMissingCluster) {
        log.info('the cluster does not exist yet, making it', { cluster: options.cluster });
        await api.createCluster(options.cluster);
        continue;
      }
      if (error instanceof ApiError && fatalCodes.includes(error.code))
        throw new RegistrationRefused(`the control plane refuses this container instance: ${error.message}`);
      const delayMs = Math.min(limits.registerRetryFirstMs * 2 ** attempt, limits.registerRetryLongestMs);
      log.warn('could not register with the control plane, will try again', { error: messageOf(error), delayMs });
      await sleep(clock, delayMs * (0.8 + ids.fraction() * 0.4));
      if (options.stopped()) throw error;
    }
  }
}

/** The control plane must have understood every capability: it places tasks by them. */
function checkEcho(sent: readonly Attribute[], echoed: readonly Attribute[]): void {
  const values = new Map(echoed.map((attribute) => [attribute.name, attribute.value ?? '']));
  const missing = sent.find((attribute) => (values.get(attribute.name) ?? undefined) !== (attribute.value ?? ''));
  if (missing !== undefined)
    throw new RegistrationRefused(`the control plane did not accept attribute '${missing.name}'`);
}
