import { InvalidArgument } from '../../../kernel/index.ts';
import type { OwnRoute, RequestContext } from '../../../protocol/api/index.ts';
import type { Database } from '../../../store/index.ts';
import { ask, askAny } from '../authorization/ask.ts';
import { invalidParameter } from '../errors.ts';
import { clusterArn, type ClusterRecord } from '../records/cluster.ts';
import { containerInstanceArn, containerInstances } from '../records/container-instance.ts';
import type { Scope } from '../records/scope.ts';
import { serviceRevisionKey, serviceRevisions } from '../records/service-revision.ts';
import { ownedBy, type ServiceRecord } from '../records/service.ts';
import { activeCluster, presentRows, runnableTaskDefinition } from '../references.ts';
import { requirementsOf, strategiesOf } from '../service-scheduler/launch.ts';
import { findService } from '../services/find-service.ts';
import { overridden } from '../tasks/overridden.ts';
import { resourcesOf } from '../tasks/resources.ts';
import { readConstraints } from '../scheduler/constraints.ts';
import { explainPlacement, strategyText, type ExplainedInstance } from '../scheduler/explain-placement.ts';
import type { Ledger } from '../scheduler/ledger.ts';
import type { RankedRequirements } from '../scheduler/place.ts';
import { readStrategies } from '../scheduler/strategies.ts';

/** Shown in one answer, the best first. */
const maxInstances = 1_000;
const order = { best: 0, worse: 1, refused: 2 } as const;

/** The answer: what the task asks, and each container instance of the cluster. */
export interface PlacementAnswer {
  /** `service NAME` or `task definition FAMILY:REVISION`. */
  readonly of: string;
  readonly launchType: RankedRequirements['launchType'];
  readonly group: string;
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  /** As they were understood. */
  readonly strategies: readonly string[];
  readonly instances: readonly (Omit<ExplainedInstance, 'instanceKey'> & {
    readonly containerInstanceArn: string;
    readonly ec2InstanceId?: string | undefined;
    readonly zone?: string | undefined;
  })[];
}

interface Asked {
  readonly of: string;
  readonly request: RankedRequirements;
}

/**
 * `GET /longshore/placement?cluster=…&of=…`, signed for ECS: where a task of a service or of a task definition would go now, and why not elsewhere.
 * Of a task definition also `launchType`, `group`, and `placementConstraints` and `placementStrategy` as the API has them, in JSON.
 */
export function placementRoute(db: Database, ledger: Ledger): OwnRoute {
  return {
    path: '/longshore/placement',
    signingName: 'ecs',
    answer(query, context): PlacementAnswer {
      const scope = { account: context.account, region: context.region };
      const rows = presentRows(db);
      const cluster = activeCluster(rows, scope, query.get('cluster'));
      authorize(db, context, cluster);
      const { of, request } = asked(db, cluster, query);
      if (request.launchType === 'FARGATE')
        throw invalidParameter(
          `${of} is of launch type FARGATE, whose tasks have no container instances to be placed on.`,
        );
      const all = explainPlacement(request, ledger.pool(scope, cluster.name));
      const instances = all.toSorted((a, b) => order[a.verdict] - order[b.verdict]).slice(0, maxInstances);
      const { launchType, group, resources, strategies } = request;
      return {
        of,
        launchType,
        group,
        cpuUnits: resources.cpuUnits,
        memoryMiB: resources.memoryMiB,
        strategies: strategies.map(strategyText),
        instances: instances.map((one) => shownInstance(db, one)),
      };
    },
  };
}

/** What the answer is made of, which its caller must be allowed to read. */
function authorize(db: Database, context: RequestContext, cluster: ClusterRecord): void {
  const rows = presentRows(db);
  context.authorize(ask(rows, 'ListContainerInstances', clusterArn(cluster, cluster.name)));
  context.authorize(
    ask(rows, 'DescribeContainerInstances', containerInstanceArn(cluster, cluster.name, '*'), {
      keys: { 'ecs:cluster': clusterArn(cluster, cluster.name) },
    }),
  );
  context.authorize(askAny('DescribeTaskDefinition'));
}

function asked(db: Database, cluster: ClusterRecord, query: ReadonlyMap<string, string>): Asked {
  const rows = presentRows(db);
  const scope: Scope = { account: cluster.account, region: cluster.region };
  const name = query.get('of') ?? '';
  if (name === '') throw invalidParameter('Say of which service or task definition.');
  try {
    const service = findService(rows, scope, cluster.name, name);
    return service?.status === 'ACTIVE' ? ofService(db, service) : ofDefinition(db, cluster, { name, query });
  } catch (error) {
    if (error instanceof InvalidArgument) throw invalidParameter(error.message);
    throw error;
  }
}

function ofService(db: Database, service: ServiceRecord): Asked {
  const revisionId = service.deployments[0]?.revisionId;
  const key = serviceRevisionKey(ownedBy(service), revisionId ?? '');
  const revision = db.get(serviceRevisions, key)?.row;
  const requirements = revision === undefined ? undefined : requirementsOf(db, service, revision);
  if (requirements === undefined)
    throw invalidParameter(`The service ${service.name} has no deployment whose tasks could be placed.`);
  return { of: `service ${service.name}`, request: { ...requirements, strategies: strategiesOf(service) } };
}

function ofDefinition(
  db: Database,
  cluster: ClusterRecord,
  { name, query }: { readonly name: string; readonly query: ReadonlyMap<string, string> },
): Asked {
  const record = runnableTaskDefinition(presentRows(db), cluster, name);
  const launchType = launchTypeOf(query.get('launchType'));
  if (!record.compatibilities.includes(launchType))
    throw invalidParameter(`Task definition does not support launch_type ${launchType}.`);
  const constraints = listOf(query, 'placementConstraints');
  return {
    of: `task definition ${record.family}:${record.revision}`,
    request: {
      launchType,
      group: query.get('group') ?? `family:${record.family}`,
      resources: resourcesOf(overridden(record.definition, {})),
      requiresAttributes: record.requiresAttributes,
      constraints: readConstraints([...(record.definition.placementConstraints ?? []), ...constraints]),
      strategies: readStrategies(listOf(query, 'placementStrategy')),
    },
  };
}

function launchTypeOf(text = 'EC2'): RankedRequirements['launchType'] {
  const known = (['EC2', 'EXTERNAL', 'FARGATE'] as const).find((one) => one === text);
  if (known === undefined) throw invalidParameter(`launchType is '${text}', which is none of EC2, EXTERNAL`);
  return known;
}

/** What the members say is read, and refused, by whoever reads those of the API. */
function listOf(query: ReadonlyMap<string, string>, name: string): readonly object[] {
  const text = query.get(name);
  if (text === undefined) return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (!Array.isArray(value) || !value.every(isOfTexts))
    throw invalidParameter(`${name} must be a JSON list of objects whose members are texts`);
  return value as readonly object[];
}

function isOfTexts(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && Object.values(value).every((member) => typeof member === 'string')
  );
}

function shownInstance(
  db: Database,
  { instanceKey, ...explained }: ExplainedInstance,
): PlacementAnswer['instances'][number] {
  const row = db.get(containerInstances, instanceKey)?.row;
  const id = instanceKey.slice(instanceKey.lastIndexOf('/') + 1);
  return {
    containerInstanceArn: row === undefined ? id : containerInstanceArn(row, row.cluster, id),
    ec2InstanceId: row?.ec2InstanceId,
    zone: row?.attributes.find((one) => one.name === 'ecs.availability-zone')?.value,
    ...explained,
  };
}
