import type { AccessQuestion, RequestContext } from '../../../protocol/api/index.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import type { Rows } from '../references.ts';
import { ask, askAny, askTagging, givenTags, type EcsAuthorization } from './ask.ts';
import { passTaskRoles } from './pass-role.ts';
import { askedCluster, askedDefinition, askedService, askedTaskSet, ownersOf, plainArn } from './resources.ts';
import { providerKeys } from './task-keys.ts';

/** No handler takes more service deployments, service revisions or task sets at once. */
const maxNamed = 20;

/** Service deployments, service revisions and task sets. */
export function deploymentQuestions(rows: Rows) {
  /** The reference names two resources for these: the service, and what belongs to it. */
  function onOwned(
    action:
      | 'ContinueServiceDeployment'
      | 'DescribeServiceDeployments'
      | 'DescribeServiceRevisions'
      | 'StopServiceDeployment',
    named: readonly string[],
  ): readonly AccessQuestion[] {
    const questions = [...new Set(named.slice(0, maxNamed).map(plainArn))].flatMap((arn) => {
      const owners = ownersOf(arn);
      if (owners === undefined) return [ask(rows, action, arn)];
      const keys = { 'ecs:cluster': owners.cluster };
      return [
        ask(rows, action, owners.service, { keys }),
        ask(rows, action, arn, { keys: { ...keys, 'ecs:service': owners.service } }),
      ];
    });
    return questions.length === 0 ? [askAny(action)] : questions;
  }

  /** Questions about task sets of one service; `*` as a reference stands for any of them. */
  function onTaskSets(
    action: 'DeleteTaskSet' | 'DescribeTaskSets' | 'UpdateTaskSet',
    input: { readonly cluster: string; readonly service: string; readonly taskSets: readonly string[] },
    context: RequestContext,
  ): readonly AccessQuestion[] {
    const scope = scopeOf(context);
    const cluster = askedCluster(scope, input.cluster);
    const service = askedService(scope, cluster, input.service);
    const keys = { 'ecs:cluster': cluster.arn, 'ecs:service': service };
    const named = input.taskSets.slice(0, maxNamed).map((reference) => askedTaskSet(scope, service, reference));
    return [...new Set(named)].map((arn) => ask(rows, action, arn, { keys }));
  }

  return {
    ContinueServiceDeployment: (input) => onOwned('ContinueServiceDeployment', [input.serviceDeploymentArn]),
    CreateTaskSet: (input, context) => {
      const scope = scopeOf(context);
      const cluster = askedCluster(scope, input.cluster);
      const service = askedService(scope, cluster, input.service);
      const definition = askedDefinition(rows, scope, input.taskDefinition);
      const resource = askedTaskSet(scope, service, '*');
      const tags = givenTags(input.tags);
      const keys = {
        'ecs:cluster': cluster.arn,
        'ecs:service': service,
        'ecs:task-definition': definition.arn,
        ...providerKeys(scope, input.capacityProviderStrategy),
      };
      return [
        ask(rows, 'CreateTaskSet', resource, { keys, requestTags: tags }),
        ...askTagging(rows, context, { by: 'CreateTaskSet', resource, tags }),
        ...passTaskRoles(context.account, definition.row?.definition),
      ];
    },
    DeleteTaskSet: (input, context) => onTaskSets('DeleteTaskSet', { ...input, taskSets: [input.taskSet] }, context),
    DescribeServiceDeployments: (input) => onOwned('DescribeServiceDeployments', input.serviceDeploymentArns),
    DescribeServiceRevisions: (input) => onOwned('DescribeServiceRevisions', input.serviceRevisionArns),
    DescribeTaskSets: (input, context) => {
      const { taskSets = [] } = input;
      const named = { ...input, taskSets: taskSets.length === 0 ? ['*'] : taskSets };
      return onTaskSets('DescribeTaskSets', named, context);
    },
    StopServiceDeployment: (input) => onOwned('StopServiceDeployment', [input.serviceDeploymentArn]),
    UpdateTaskSet: (input, context) => onTaskSets('UpdateTaskSet', { ...input, taskSets: [input.taskSet] }, context),
  } satisfies EcsAuthorization;
}
