import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { maxDefinitionsPerDelete } from '../limits.ts';
import type { Rows } from '../references.ts';
import { ask, askAny, askEach, askTagging, givenTags, type EcsAuthorization } from './ask.ts';
import { passTaskRoles } from './pass-role.ts';
import { anyRevision, askedDefinition } from './resources.ts';
import { sizeKeys } from './task-keys.ts';

/** Task definitions. Those that register and describe have no resource on AWS but for RegisterTaskDefinition. */
export function definitionQuestions(rows: Rows) {
  return {
    DeleteTaskDefinitions: (input, context) =>
      askEach(input.taskDefinitions, { max: maxDefinitionsPerDelete, action: 'DeleteTaskDefinitions' }, (reference) =>
        ask(rows, 'DeleteTaskDefinitions', askedDefinition(rows, scopeOf(context), reference).arn),
      ),
    DeregisterTaskDefinition: () => [askAny('DeregisterTaskDefinition')],
    DescribeTaskDefinition: () => [askAny('DescribeTaskDefinition')],
    ListTaskDefinitionFamilies: () => [askAny('ListTaskDefinitionFamilies')],
    ListTaskDefinitions: () => [askAny('ListTaskDefinitions')],
    RegisterTaskDefinition: (input, context) => {
      const resource = anyRevision(scopeOf(context), input.family);
      const tags = givenTags(input.tags);
      const keys = {
        ...sizeKeys(() => input),
        'ecs:compute-compatibility': input.requiresCompatibilities,
        'ecs:privileged': input.containerDefinitions.some(({ privileged }) => privileged === true),
      };
      return [
        ask(rows, 'RegisterTaskDefinition', resource, { keys, requestTags: tags }),
        ...askTagging(rows, context, { by: 'RegisterTaskDefinition', resource, tags }),
        ...passTaskRoles(context.account, input),
      ];
    },
  } satisfies EcsAuthorization;
}
