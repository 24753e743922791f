import { checkedTags } from '../attributes-and-tags/tags.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { compatibilitiesOf } from '../task-definitions/compatibilities.ts';
import { describedDefinition } from '../task-definitions/described.ts';
import { normalise } from '../task-definitions/normalise.ts';
import { checkOwnRoles } from '../task-definitions/own-roles.ts';
import { requiredAttributes } from '../task-definitions/required-attributes.ts';
import { assertValid } from '../task-definitions/validate.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html */
export function registerTaskDefinition(deps: ClusterAndDefinitionDeps): EcsHandler<'RegisterTaskDefinition'> {
  return async ({ family, tags, ...given }, context) => {
    const scope = scopeOf(context);
    const definition = normalise(given, scope.account);
    assertValid(family, definition, deps.expressionProblem);
    checkOwnRoles(scope.account, [definition.taskRoleArn, definition.executionRoleArn]);
    const row = await deps.registrations.register({
      family,
      definition,
      compatibilities: compatibilitiesOf(definition),
      requiresAttributes: requiredAttributes(definition),
      registeredAtMs: context.receivedMs,
      registeredBy: context.caller.arn,
      tags: checkedTags(tags),
      ...scope,
    });
    return { taskDefinition: describedDefinition(row), tags: row.tags };
  };
}
