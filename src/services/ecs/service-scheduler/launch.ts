import type { RunTaskRequest } from '../../../protocol/generated/ecs.ts';
import type { Database } from '../../../store/index.ts';
import { clusterKey, clusters } from '../records/cluster.ts';
import type { Tag } from '../records/scope.ts';
import { serviceRevisionKey, type ServiceRevisionRecord } from '../records/service-revision.ts';
import type { ServiceRecord } from '../records/service.ts';
import {
  taskDefinitionArn,
  taskDefinitionKey,
  taskDefinitions,
  type TaskDefinitionRecord,
} from '../records/task-definition.ts';
import type { TaskConnection } from '../records/task.ts';
import type { Requirements } from '../scheduler/checks.ts';
import { readConstraints } from '../scheduler/constraints.ts';
import { readStrategies, serviceDefaultStrategies, type Strategy } from '../scheduler/strategies.ts';
import type { TaskTemplate } from '../tasks/new-task.ts';
import { overridden } from '../tasks/overridden.ts';
import { resourcesOf } from '../tasks/resources.ts';
import { taskTemplate } from '../tasks/template.ts';

/** A revision with a capacity provider strategy has FARGATE's providers, the only ones there are. */
export function launchTypeOf({ launchType }: ServiceRevisionRecord): 'EC2' | 'FARGATE' | 'EXTERNAL' {
  return launchType ?? 'FARGATE';
}

export function groupOfService(name: string): string {
  return `service:${name}`;
}

function definitionOf(db: Database, revision: ServiceRevisionRecord): TaskDefinitionRecord | undefined {
  return db.get(taskDefinitions, taskDefinitionKey(revision, revision.family, revision.revision))?.row;
}

/** What a service asks of a container instance; undefined when its task definition is gone. @throws InvalidArgument for a malformed constraint */
export function requirementsOf(
  db: Database,
  service: ServiceRecord,
  revision: ServiceRevisionRecord,
): Requirements | undefined {
  const definition = definitionOf(db, revision);
  if (definition === undefined) return undefined;
  return {
    launchType: launchTypeOf(revision),
    group: groupOfService(service.name),
    resources: resourcesOf(overridden(definition.definition, {})),
    requiresAttributes: definition.requiresAttributes,
    constraints: readConstraints([
      ...(definition.definition.placementConstraints ?? []),
      ...(service.placementConstraints as NonNullable<RunTaskRequest['placementConstraints']>),
    ]),
  };
}

export function strategiesOf(service: ServiceRecord): readonly Strategy[] {
  if (service.placementStrategies.length === 0) return serviceDefaultStrategies;
  return readStrategies(service.placementStrategies as NonNullable<RunTaskRequest['placementStrategy']>);
}

/**
 * What the tasks of a deployment have in common.
 * @returns undefined when the cluster or the task definition is gone
 * @throws ApiError when the definition cannot be run here
 */
export function serviceTemplate(
  db: Database,
  service: ServiceRecord,
  { revision, deploymentId }: { readonly revision: ServiceRevisionRecord; readonly deploymentId: string },
): TaskTemplate | undefined {
  const cluster = db.get(clusters, clusterKey(service, service.cluster))?.row;
  const definition = definitionOf(db, revision);
  if (cluster?.status !== 'ACTIVE' || definition === undefined) return undefined;
  const scope = { account: service.account, region: service.region };
  const template = taskTemplate(scope, cluster, definition, {
    request: {
      taskDefinition: taskDefinitionArn(scope, definition.family, definition.revision),
      startedBy: deploymentId,
      enableExecuteCommand: service.enableExecuteCommand,
    },
    launchType: launchTypeOf(revision),
    platformVersion: revision.platformVersion,
    service: {
      group: groupOfService(service.name),
      tags: taskTags(service, definition),
      volumes: revision.volumeConfigurations ?? [],
      ownTags: service.tags,
    },
  });
  const connect = taskConnection(revision);
  return {
    ...template,
    ...(revision.registry === undefined ? {} : { registry: revision.registry }),
    ...(connect === undefined ? {} : { connect }),
  };
}

function taskConnection(revision: ServiceRevisionRecord): TaskConnection | undefined {
  const { connect, connected } = revision;
  if (connect === undefined) return undefined;
  const hosts = connect.ports.flatMap(({ ingressPort, containerPort }, index) => {
    const discoveryArn = connected?.discoveryArns[index];
    return discoveryArn === undefined ? [] : [{ discoveryArn, port: ingressPort ?? containerPort }];
  });
  return { revisionKey: serviceRevisionKey(revision, revision.id), hosts };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html */
function taskTags(service: ServiceRecord, definition: TaskDefinitionRecord): readonly Tag[] {
  const propagated =
    service.propagateTags === 'SERVICE'
      ? service.tags
      : service.propagateTags === 'TASK_DEFINITION'
        ? definition.tags
        : [];
  if (!service.enableEcsManagedTags) return propagated;
  return [
    ...propagated,
    { key: 'aws:ecs:serviceName', value: service.name },
    { key: 'aws:ecs:clusterName', value: service.cluster },
  ];
}
