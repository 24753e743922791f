import { checkedTags } from '../attributes-and-tags/tags.ts';
import { rememberToken, resourcesOfToken, type TokenUse } from '../idempotency.ts';
import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { invalidParameter, limitExceeded } from '../errors.ts';
import { ofService } from '../records/service-revision.ts';
import { ownedBy } from '../records/service.ts';
import { taskSetArnOfKey, taskSetKey, taskSets, type TaskSetRecord } from '../records/task-set.ts';
import { activeCluster, runnableTaskDefinition } from '../references.ts';
import { newId } from '../service-scheduler/new-id.ts';
import type { ServiceDeps } from '../services/deps.ts';
import { activeService } from '../services/find-service.ts';
import { revisionContent } from '../services/revision-content.ts';
import { refuseLaterParts } from '../services/service-rules.ts';
import { checkedScale, describedTaskSet, requireTaskSets, taskSetNotFound } from '../services/task-sets.ts';
import { present } from '../tasks/new-task.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html */
const maxTaskSets = 5;

/**
 * Adds a task set to a service whose deployments somebody else decides; the scheduler starts its share of the tasks.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateTaskSet.html
 */
export function createTaskSet(deps: ServiceDeps): EcsHandler<'CreateTaskSet'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    refuseLaterParts(input);
    if ((input.loadBalancers ?? []).some(({ advancedConfiguration }) => advancedConfiguration !== undefined))
      throw invalidParameter('advancedConfiguration is not supported with the EXTERNAL deployment controller.');
    const tags = checkedTags(input.tags);
    const scalePercent = checkedScale(input.scale);
    const nowMs = context.receivedMs;
    const { result } = await deps.db.transact((tx) => {
      const cluster = activeCluster(tx, scope, input.cluster);
      const service = activeService(tx, scope, cluster.name, input.service);
      requireTaskSets(service);
      const token: TokenUse | undefined =
        input.clientToken === undefined || input.clientToken === ''
          ? undefined
          : {
              scope,
              operation: 'CreateTaskSet',
              token: input.clientToken,
              request: { ...input, cluster: cluster.name },
              nowMs,
              arnOf: taskSetArnOfKey,
            };
      const [earlier] = (token === undefined ? undefined : resourcesOfToken(tx, token)) ?? [];
      if (earlier !== undefined) {
        const row = tx.get(taskSets, earlier);
        if (row === undefined) throw taskSetNotFound();
        return { service, row };
      }
      if (deps.db.table(taskSets).count('service', ofService(ownedBy(service))) >= maxTaskSets)
        throw limitExceeded(`The maximum number of task sets per service (${maxTaskSets}) has been exceeded.`);
      const definition = runnableTaskDefinition(tx, scope, input.taskDefinition);
      const content = revisionContent(input, {
        scope,
        cluster,
        definition,
        targets: deps.targets,
        registrar: deps.registrar,
        volumes: deps.volumes,
        namespaces: deps.namespaces,
      });
      const row: TaskSetRecord = {
        ...ownedBy(service),
        ...content,
        id: `ecs-svc/${newId(deps.ids)}`,
        status: 'ACTIVE',
        scalePercent,
        stabilityStatus: 'STABILIZING',
        stabilityStatusAtMs: nowMs,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
        tags,
        ...present({ externalId: input.externalId }),
      };
      const key = taskSetKey(ownedBy(service), row.id);
      tx.create(taskSets, key, row);
      if (token !== undefined) rememberToken(tx, token, [key]);
      return { service, row };
    });
    return { taskSet: describedTaskSet(deps.db, result.service, result.row, { tags: true }) };
  };
}
