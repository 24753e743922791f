import type { RunTaskRequest, StartTaskRequest } from '../../../protocol/generated/ecs.ts';
import { checkedTags } from '../attributes-and-tags/tags.ts';
import { invalidParameter } from '../errors.ts';
import type { ClusterRecord } from '../records/cluster.ts';
import type { Scope, Tag } from '../records/scope.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import type { TaskRecord } from '../records/task.ts';
import { checkOwnRoles } from '../task-definitions/own-roles.ts';
import { isFargateSize } from '../task-definitions/sizes.ts';
import type { TaskTemplate } from './new-task.ts';
import { refuseUnimplemented } from './not-implemented.ts';
import { checkOverridden } from './override-rules.ts';
import { overridden, type OverriddenDefinition } from './overridden.ts';
import { volumeSpec, type VolumeConfiguration } from './volume.ts';
import { present } from './new-task.ts';

const maxStartedByLength = 128;
const maxReferenceIdLength = 1024;
const maxGroupLength = 255;
const minEphemeralStorageGiB = 21;
const maxEphemeralStorageGiB = 200;

/** What the tasks of a RunTask or StartTask request have in common, checked. @throws InvalidParameterException, UnsupportedFeatureException */
export function taskTemplate(
  scope: Scope,
  cluster: ClusterRecord,
  definition: TaskDefinitionRecord,
  options: {
    readonly request: RunTaskRequest | StartTaskRequest;
    readonly launchType: TaskRecord['launchType'];
    readonly platformVersion?: string | undefined;
    /** Of the service that starts the tasks; else they follow from the request. */
    readonly service?: {
      readonly group: string;
      readonly tags: readonly Tag[];
      readonly volumes: readonly VolumeConfiguration[];
      /** Of the service itself. */
      readonly ownTags: readonly Tag[];
    };
  },
): TaskTemplate {
  const { request, launchType, platformVersion, service } = options;
  refuseUnimplemented(definition.definition, request);
  checkLength('startedBy', request.startedBy, maxStartedByLength);
  checkLength('referenceId', request.referenceId, maxReferenceIdLength);
  const overrides = request.overrides ?? {};
  const laidOver = overridden(definition.definition, overrides);
  checkOverridden(overrides, laidOver);
  checkOwnRoles(scope.account, [overrides.taskRoleArn, overrides.executionRoleArn]);
  if (launchType === 'FARGATE') checkFargate(laidOver, platformVersion);
  const tags = service?.tags ?? taskTags(cluster, definition, request);
  const volume = volumeSpec({
    definition,
    configurations: service?.volumes ?? request.volumeConfigurations ?? [],
    launchType,
    managedTags: tags.filter(({ key }) => key.startsWith('aws:ecs:')),
    ...present({ platformVersion, serviceTags: service?.ownTags }),
  });
  return {
    scope,
    cluster: cluster.name,
    definition,
    overridden: laidOver,
    overrides,
    launchType,
    group: service?.group ?? taskGroup(request.group, definition),
    tags,
    ...present({ startedBy: request.startedBy, referenceId: request.referenceId, platformVersion, volume }),
  };
}

/** AWS's sentence for startedBy (https://github.com/convox/rack/issues/1727); the others follow it. */
function checkLength(name: string, value: string | undefined, max: number): void {
  if (value !== undefined && value.length > max) throw invalidParameter(`${name} longer than ${max}.`);
}

function checkFargate(task: OverriddenDefinition, platformVersion: string | undefined): void {
  const { cpuUnits = 0, memoryMiB = 0, ephemeralStorageGiB } = task;
  if (!isFargateSize(cpuUnits, memoryMiB)) {
    throw invalidParameter(
      `No Fargate configuration exists for given values: ${cpuUnits} CPU, ${memoryMiB} memory. See the Amazon ECS documentation for the valid values.`,
    );
  }
  if (
    ephemeralStorageGiB !== undefined &&
    (ephemeralStorageGiB < minEphemeralStorageGiB || ephemeralStorageGiB > maxEphemeralStorageGiB)
  ) {
    throw invalidParameter(
      `The ephemeral storage size should be between ${minEphemeralStorageGiB} and ${maxEphemeralStorageGiB} GiB, but was ${ephemeralStorageGiB}`,
    );
  }
  if (platformVersion !== undefined && !['LATEST', '1.4.0', '1.3.0'].includes(platformVersion)) {
    throw invalidParameter(`The specified platform version does not exist: ${platformVersion}`);
  }
}

function taskGroup(given: string | undefined, definition: TaskDefinitionRecord): string {
  if (given === undefined || given === '') return `family:${definition.family}`;
  if (given.startsWith('service:')) throw invalidParameter('Invalid namespace for group.');
  checkLength('group', given, maxGroupLength);
  return given;
}

/** The request's tags, then the definition's where they are to be propagated, then ECS's own. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html */
function taskTags(
  cluster: ClusterRecord,
  definition: TaskDefinitionRecord,
  request: RunTaskRequest | StartTaskRequest,
): readonly Tag[] {
  if (request.propagateTags === 'SERVICE')
    throw invalidParameter('Tags can not be propagated from a service to a task that no service started.');
  const tags = new Map(checkedTags(request.tags).map((tag) => [tag.key, tag]));
  if (request.propagateTags === 'TASK_DEFINITION')
    for (const tag of definition.tags) if (!tags.has(tag.key)) tags.set(tag.key, tag);
  if (request.enableECSManagedTags === true)
    tags.set('aws:ecs:clusterName', { key: 'aws:ecs:clusterName', value: cluster.name });
  return [...tags.values()];
}
