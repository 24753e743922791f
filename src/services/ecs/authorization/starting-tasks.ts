import type { RequestContext } from '../../../protocol/api/index.ts';
import type { RunTaskRequest, StartTaskRequest } from '../../../protocol/generated/ecs.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import type { Tag } from '../records/scope.ts';
import { taskArn } from '../records/task.ts';
import type { Rows } from '../references.ts';
import { ask, askEach, askTagging, givenTags, type EcsAuthorization } from './ask.ts';
import { passTaskRoles, passVolumeRoles } from './pass-role.ts';
import { askedCluster, askedDefinition, askedInstance, type AskedDefinition } from './resources.ts';
import { providerKeys, volumeKeys } from './task-keys.ts';

/** Container instances of one StartTask. */
const maxInstances = 10;

/** To start tasks is a matter of the task definition. */
export function startingQuestions(rows: Rows) {
  /** What RunTask and StartTask ask beside themselves. */
  function started(by: 'RunTask' | 'StartTask', input: RunTaskRequest | StartTaskRequest, context: RequestContext) {
    const scope = scopeOf(context);
    const cluster = askedCluster(scope, input.cluster);
    const definition = askedDefinition(rows, scope, input.taskDefinition);
    const requestTags = givenTags(input.tags);
    const { account } = context;
    return {
      scope,
      cluster,
      definition,
      requestTags,
      keys: {
        'ecs:cluster': cluster.arn,
        'ecs:enable-execute-command': input.enableExecuteCommand ?? false,
        ...volumeKeys(input.volumeConfigurations),
      },
      beside: [
        ...askTagging(rows, context, {
          by,
          resource: taskArn(scope, cluster.name, '*'),
          tags: tagsOfTasks(input, requestTags, definition),
        }),
        ...passTaskRoles(account, definition.row?.definition, input.overrides),
        ...passVolumeRoles(account, input.volumeConfigurations),
      ],
    };
  }

  return {
    RunTask: (input, context) => {
      const { scope, definition, requestTags, keys, beside } = started('RunTask', input, context);
      const all = { ...keys, ...providerKeys(scope, input.capacityProviderStrategy) };
      return [ask(rows, 'RunTask', definition.arn, { keys: all, requestTags }), ...beside];
    },
    StartTask: (input, context) => {
      const { scope, cluster, definition, requestTags, keys, beside } = started('StartTask', input, context);
      const instances = askEach(
        input.containerInstances,
        { max: maxInstances, action: 'StartTask', keys },
        (reference) => {
          const instance = askedInstance(scope, cluster, reference);
          const all = { 'ecs:container-instances': instance, ...keys };
          return ask(rows, 'StartTask', definition.arn, { keys: all, requestTags });
        },
      );
      return [...instances, ...beside];
    },
  } satisfies EcsAuthorization;
}

/** All that the tasks will be tagged with: also what is propagated from the definition, and ECS's own. */
function tagsOfTasks(
  { propagateTags, enableECSManagedTags }: RunTaskRequest | StartTaskRequest,
  given: readonly Tag[],
  definition: AskedDefinition,
): readonly Tag[] {
  return [
    ...given,
    ...(propagateTags === 'TASK_DEFINITION' ? (definition.row?.tags ?? []) : []),
    ...(enableECSManagedTags === true ? [{ key: 'aws:ecs:clusterName', value: '' }] : []),
  ];
}
