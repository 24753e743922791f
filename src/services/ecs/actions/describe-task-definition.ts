import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { describedTaskDefinition, presentRows } from '../references.ts';
import { describedDefinition } from '../task-definitions/described.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html */
export function describeTaskDefinition({ db }: ClusterAndDefinitionDeps): EcsHandler<'DescribeTaskDefinition'> {
  return (input, context) => {
    const row = describedTaskDefinition(presentRows(db), scopeOf(context), input.taskDefinition);
    const tags = input.include?.includes('TAGS') ?? false;
    return { taskDefinition: describedDefinition(row), ...(tags ? { tags: row.tags } : {}) };
  };
}
