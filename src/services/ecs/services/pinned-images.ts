import type { Database, Transaction } from '../../../store/index.ts';
import { serviceKey, services } from '../records/service.ts';
import { serviceRevisionKey, serviceRevisions, type ServiceRevisionRecord } from '../records/service-revision.ts';
import { taskDefinitionKey, taskDefinitions } from '../records/task-definition.ts';
import type { TaskRecord } from '../records/task.ts';

const ofService = 'service:';

/** The key of the service revision that a task belongs to; undefined: to none, or to one whose deployment is over. */
function revisionKeyOf(db: Database, task: TaskRecord): string | undefined {
  const { group = '', startedBy, cluster } = task;
  if (startedBy === undefined || !group.startsWith(ofService)) return undefined;
  const service = db.get(services, serviceKey(task, cluster, group.slice(ofService.length)))?.row;
  const deployment = service?.deployments.find(({ id }) => id === startedBy);
  if (service === undefined || deployment === undefined) return undefined;
  const of = {
    account: task.account,
    region: task.region,
    cluster,
    service: service.name,
    incarnation: service.incarnation,
  };
  return serviceRevisionKey(of, deployment.revisionId);
}

/**
 * Version consistency: the digests that the first task of a service revision reports are those of all its later tasks, whatever the tags mean by then.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
 */
export function pinImages(tx: Transaction, db: Database, before: TaskRecord, task: TaskRecord): void {
  const hadDigest = new Set(
    before.containers.filter(({ imageDigest }) => imageDigest !== undefined).map(({ name }) => name),
  );
  const told = task.containers.filter(({ name, imageDigest }) => imageDigest !== undefined && !hadDigest.has(name));
  const key = told.length === 0 ? undefined : revisionKeyOf(db, task);
  const revision = key === undefined ? undefined : tx.get(serviceRevisions, key);
  if (key === undefined || revision === undefined) return;
  const { imageDigests = {} } = revision;
  const open = openContainers(db, task);
  const pinned = Object.fromEntries(
    told.flatMap(({ name, imageDigest }) =>
      imageDigest !== undefined && open.has(name) && imageDigests[name] === undefined ? [[name, imageDigest]] : [],
    ),
  );
  if (Object.keys(pinned).length === 0) return;
  tx.put(serviceRevisions, key, { ...revision, imageDigests: { ...imageDigests, ...pinned } });
}

/** Containers whose images have no digest of their own, and that did not opt out. */
function openContainers(db: Database, task: TaskRecord): ReadonlySet<string> {
  const definition = db.get(taskDefinitions, taskDefinitionKey(task, task.family, task.revision))?.row.definition;
  return new Set(
    (definition?.containerDefinitions ?? [])
      .filter(({ image = '', versionConsistency }) => versionConsistency !== 'disabled' && !image.includes('@'))
      .map(({ name = '' }) => name),
  );
}

/** Digests by container name that a task must run. */
export function pinnedImages(db: Database, task: TaskRecord): ServiceRevisionRecord['imageDigests'] {
  const key = revisionKeyOf(db, task);
  return key === undefined ? undefined : db.get(serviceRevisions, key)?.row.imageDigests;
}
