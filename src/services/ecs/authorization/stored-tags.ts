import { parseArn } from '../../../kernel/index.ts';
import { clusterKey, clusters } from '../records/cluster.ts';
import { containerInstanceKey, containerInstances } from '../records/container-instance.ts';
import type { Tag } from '../records/scope.ts';
import { ownedBy, serviceKey, services } from '../records/service.ts';
import { taskDefinitionKey, taskDefinitions } from '../records/task-definition.ts';
import { taskSetKey, taskSets } from '../records/task-set.ts';
import { taskKey, tasks } from '../records/task.ts';
import { parseTaskDefinition, type Rows } from '../references.ts';

/** The tags of what an ARN names; undefined when it is not there. Service deployments and revisions have none here. */
export function storedTags(rows: Rows, arn: string): readonly Tag[] | undefined {
  const scope = parseArn(arn);
  const [type, first = '', second = '', third = ''] = scope?.resource.split('/') ?? [];
  if (scope === undefined) return undefined;
  switch (type) {
    case 'cluster':
      return rows.get(clusters, clusterKey(scope, first))?.tags;
    case 'service':
      return rows.get(services, serviceKey(scope, first, second))?.tags;
    case 'task':
      return rows.get(tasks, taskKey(scope, first, second))?.tags;
    case 'container-instance':
      return rows.get(containerInstances, containerInstanceKey(scope, first, second))?.tags;
    case 'task-definition': {
      const { family, revision } = parseTaskDefinition(scope, first) ?? {};
      if (family === undefined || revision === undefined) return undefined;
      return rows.get(taskDefinitions, taskDefinitionKey(scope, family, revision))?.tags;
    }
    case 'task-set': {
      const service = rows.get(services, serviceKey(scope, first, second));
      return service && rows.get(taskSets, taskSetKey(ownedBy(service), `ecs-svc/${third}`))?.tags;
    }
    default:
      return undefined;
  }
}
