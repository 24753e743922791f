import type { Ids } from '../../../kernel/index.ts';
import type { TaskOverride } from '../../../protocol/generated/ecs.ts';
import type { Scope, Tag } from '../records/scope.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import type { TaskConnection, TaskContainer, TaskRecord, TaskRegistry } from '../records/task.ts';
import { networkModeOf } from '../task-definitions/definition.ts';
import type { VolumeSpec } from './volume.ts';
import type { OverriddenDefinition } from './overridden.ts';
import { resourcesOf } from './resources.ts';

/** The version `LATEST` means. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-linux-fargate.html */
export const latestPlatformVersion = '1.4.0';
/** What a FARGATE task has unless it asks for more. */
export const defaultEphemeralStorageGiB = 20;

/** What all tasks of one request have in common. */
export interface TaskTemplate {
  readonly scope: Scope;
  readonly cluster: string;
  readonly definition: TaskDefinitionRecord;
  readonly overridden: OverriddenDefinition;
  readonly overrides: TaskOverride;
  readonly launchType: TaskRecord['launchType'];
  readonly platformVersion?: string;
  readonly group: string;
  readonly startedBy?: string;
  readonly referenceId?: string;
  readonly tags: readonly Tag[];
  /** The Cloud Map service that the tasks register with; absent: none. */
  readonly registry?: TaskRegistry;
  /** The EBS volume that each of the tasks gets; absent: none. */
  readonly volume?: VolumeSpec;
  /** Of a service with Service Connect. */
  readonly connect?: TaskConnection;
}

/** What one task of a request has for itself. */
export interface TaskPlace {
  readonly id: string;
  readonly nowMs: number;
  readonly capacityProviderName?: string;
  readonly instanceKey?: string;
  readonly availabilityZone?: string;
}

/** A task as it is born: PROVISIONING where an interface, a volume or capacity comes first, else PENDING. */
export function newTask(template: TaskTemplate, place: TaskPlace, ids: Ids): TaskRecord {
  return taskMaker(template, ids)(place);
}

/** `newTask` for the tasks of one request: what they have in common is made once and shared, for records never change. */
export function taskMaker(template: TaskTemplate, ids: Ids): (place: TaskPlace) => TaskRecord {
  const { taskRoleArn, executionRoleArn } = template.overridden;
  const common = commonRecord(template);
  const containers = template.overridden.containers.map(commonContainer);
  const { volume } = template;
  return ({ id, nowMs, capacityProviderName, instanceKey, availabilityZone }) => ({
    id,
    createdAtMs: nowMs,
    containers: containers.map((container) => ({ id: ids.uuid(), ...container })),
    ...(capacityProviderName === undefined ? {} : { capacityProviderName }),
    ...(instanceKey === undefined ? {} : { instanceKey }),
    ...(availabilityZone === undefined ? {} : { availabilityZone }),
    ...(taskRoleArn === undefined ? {} : { taskCredentialsId: ids.uuid() }),
    ...(executionRoleArn === undefined ? {} : { executionCredentialsId: ids.uuid() }),
    ...(volume === undefined ? {} : { volume: { id: ids.uuid(), status: 'CREATED', ...volume } }),
    ...common,
  });
}

function commonRecord(template: TaskTemplate): Omit<TaskRecord, 'id' | 'createdAtMs' | 'containers'> {
  const { scope, definition, overridden, launchType } = template;
  const fargate = launchType === 'FARGATE';
  const awsvpc = networkModeOf(definition.definition) === 'awsvpc';
  return {
    cluster: template.cluster,
    family: definition.family,
    revision: definition.revision,
    launchType,
    desiredStatus: 'RUNNING',
    lastStatus: fargate || awsvpc || template.volume !== undefined ? 'PROVISIONING' : 'PENDING',
    resources: resourcesOf(overridden),
    overrides: shownOverrides(template),
    group: template.group,
    enableExecuteCommand: false,
    tags: template.tags,
    version: 1,
    ...present({
      startedBy: template.startedBy,
      referenceId: template.referenceId,
      cpu: overridden.cpuUnits === undefined ? undefined : String(overridden.cpuUnits),
      memory: overridden.memoryMiB === undefined ? undefined : String(overridden.memoryMiB),
      platformVersion: fargate ? platformVersion(template) : undefined,
      platformFamily: fargate ? 'Linux' : undefined,
      cpuArchitecture: cpuArchitecture(definition, fargate),
      registry: template.registry,
      connect: template.connect,
      ephemeralStorageGiB: fargate ? (overridden.ephemeralStorageGiB ?? defaultEphemeralStorageGiB) : undefined,
    }),
    ...scope,
  };
}

function platformVersion({ platformVersion: given }: TaskTemplate): string {
  return given === undefined || given === 'LATEST' ? latestPlatformVersion : given;
}

/** FARGATE's default is X86_64. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-arm64.html */
function cpuArchitecture({ definition }: TaskDefinitionRecord, fargate: boolean): TaskRecord['cpuArchitecture'] {
  const asked = definition.runtimePlatform?.cpuArchitecture ?? (fargate ? 'X86_64' : undefined);
  if (asked === undefined) return undefined;
  return asked === 'ARM64' ? 'arm64' : 'x86_64';
}

type ContainerDefinition = OverriddenDefinition['containers'][number];

function commonContainer(container: ContainerDefinition): Omit<TaskContainer, 'id'> {
  return {
    name: container.name ?? '',
    image: container.image ?? '',
    lastStatus: 'PENDING',
    networkBindings: [],
    healthStatus: 'UNKNOWN',
    essential: container.essential ?? true,
    checked: container.healthCheck !== undefined && container.healthCheck.command[0] !== 'NONE',
    cpuUnits: container.cpu ?? 0,
    ...present({ memoryMiB: container.memory, memoryReservationMiB: container.memoryReservation }),
  };
}

/** The overrides as ECS shows them: an entry for each container, also those that nothing was overridden of. */
function shownOverrides({ definition, overrides }: TaskTemplate): TaskOverride {
  const given = new Map((overrides.containerOverrides ?? []).map((one) => [one.name, one]));
  return {
    ...overrides,
    containerOverrides: definition.definition.containerDefinitions.map(
      ({ name }) => given.get(name) ?? { name: name ?? '' },
    ),
    inferenceAcceleratorOverrides: [],
  };
}

type Present<Shape> = { [K in keyof Shape]?: Exclude<Shape[K], undefined> };

/** Leaves out members that are undefined. */
export function present<Shape extends object>(shape: Shape): Present<Shape> {
  const made: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(shape)) if (value !== undefined) made[name] = value;
  return made as Present<Shape>;
}
