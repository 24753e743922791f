import type { Clock } from '../../../kernel/index.ts';
import type { Controller } from '../../../reconcile/index.ts';
import type { Database, Transaction } from '../../../store/index.ts';
import {
  endedDay,
  revisionIdsOf,
  serviceDeploymentKey,
  serviceDeployments,
  type ServiceDeploymentRecord,
} from '../records/service-deployment.ts';
import { ofService, serviceRevisionKey, serviceRevisions } from '../records/service-revision.ts';
import { ownedBy, serviceKey, services, type OfService, type ServiceRecord } from '../records/service.ts';

/** How long AWS shows a service's deployments. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/view-service-deployment.html */
export const historyLifeMs = 90 * 86_400_000;
/** Deployments of one service that are kept, however young; a bound of Longshore's. */
export const maxDeploymentsKept = 1_000;
/** Deployments deleted in one transaction, with their revisions; a store takes 128 conditions and operations. */
const maxForgottenAtOnce = 12;
/** Revisions of a service that is gone, deleted in one transaction; each is read first. */
const maxRevisionsAtOnce = 60;
const periodMs = 60 * 60_000;

interface CleanUpDeps {
  readonly db: Database;
  readonly clock: Clock;
}

/**
 * Deletes service deployments that ended 90 days ago, and those beyond the number that is kept of a service, with the revisions that nothing tells of
 * any more; and all revisions of a service that was deleted. What a service stands on stays however old it is.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-revision.html
 */
export function historyCleanUp(deps: CleanUpDeps): Controller {
  const { db, clock } = deps;
  const everything = serviceDeployments.prefix;
  return {
    name: 'service-history-clean-up',
    watch(enqueue) {
      enqueue(everything);
      for (const of of db.table(serviceRevisions).values('service')) enqueue(of);
      const stops = [
        db.table(services).onChange(({ after }) => {
          if (after?.status === 'INACTIVE') enqueue(ofService(ownedBy(after)));
        }),
        db.table(serviceDeployments).onChange(({ after }) => {
          if (after?.finishedAtMs !== undefined) enqueue(ofService(after));
        }),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
    async reconcile(key) {
      const nowMs = clock.nowMs();
      const more = key === everything ? await forgetOld(deps, nowMs) : await tidyService(deps, key);
      if (more) return { wakeAtMs: nowMs };
      return key === everything ? { wakeAtMs: nowMs + periodMs } : {};
    },
  };
}

/** @returns whether there may be more to delete, of each of these */
async function forgetOld({ db }: CleanUpDeps, nowMs: number): Promise<boolean> {
  const table = db.table(serviceDeployments);
  const firstKept = Number(endedDay(nowMs - historyLifeMs));
  const due: ServiceDeploymentRecord[] = [];
  for (const day of table.values('endedDay')) {
    if (Number(day) >= firstKept) continue;
    for (const key of table.keys('endedDay', day)) {
      const row = table.get(key)?.row;
      // A transaction deletes of one service, whose record it stands on.
      if (row === undefined || (due[0] !== undefined && ofService(due[0]) !== ofService(row))) continue;
      if (isStoodOn(serviceOf(db, row), row)) continue;
      due.push(row);
      if (due.length >= maxForgottenAtOnce) return forget(db, due);
    }
  }
  return due.length > 0 && forget(db, due);
}

async function tidyService({ db }: CleanUpDeps, of: string): Promise<boolean> {
  const table = db.table(serviceDeployments);
  const excess = table.count('service', of) - maxDeploymentsKept;
  if (excess > 0) {
    const rows = [...table.keys('service', of)].flatMap((key) => table.get(key)?.row ?? []);
    const [first] = rows;
    const service = first === undefined ? undefined : serviceOf(db, first);
    const oldest = rows
      .filter((row) => row.finishedAtMs !== undefined && !isStoodOn(service, row))
      .sort((one, other) => one.createdAtMs - other.createdAtMs)
      .slice(0, Math.min(excess, maxForgottenAtOnce));
    if (oldest.length > 0 && (await forget(db, oldest))) return true;
  }
  return forgetRevisions(db, of);
}

/** The service itself, not a later one of its name; undefined once it is deleted. */
function serviceOf(rows: Pick<Database, 'get'>, of: OfService): ServiceRecord | undefined {
  const service = rows.get(services, serviceKey(of, of.cluster, of.service))?.row;
  return alive(service, of);
}

function alive(service: ServiceRecord | undefined, { incarnation }: OfService): ServiceRecord | undefined {
  return service?.incarnation === incarnation && service.status !== 'INACTIVE' ? service : undefined;
}

function isStoodOn(service: ServiceRecord | undefined, { id }: ServiceDeploymentRecord): boolean {
  return service?.deployments.some(({ serviceDeploymentId }) => serviceDeploymentId === id) === true;
}

/** Deletes deployments of one service, and the revisions that neither the service nor another deployment needs. */
async function forget(db: Database, due: readonly ServiceDeploymentRecord[]): Promise<boolean> {
  const table = db.table(serviceDeployments);
  const { result } = await db.transact((tx) => {
    const [of] = due;
    if (of === undefined) return false;
    // New deployments have their sources from this record, on which the commit stands.
    const service = alive(tx.get(services, serviceKey(of, of.cluster, of.service)), of);
    const gone = due.filter((row) => !isStoodOn(service, row));
    const keys = new Set(gone.map((row) => serviceDeploymentKey(row, row.id)));
    for (const key of keys) if (tx.get(serviceDeployments, key) !== undefined) tx.delete(serviceDeployments, key);
    const needed = new Set(service?.deployments.map(({ revisionId }) => revisionId));
    if (service?.completedRevisionId !== undefined) needed.add(service.completedRevisionId);
    for (const id of new Set(gone.flatMap(revisionIdsOf))) {
      if (needed.has(id)) continue;
      const key = serviceRevisionKey(of, id);
      if ([...table.keys('revision', key)].every((other) => keys.has(other))) deleteRevision(tx, key);
    }
    return gone.length > 0;
  });
  return result;
}

function deleteRevision(tx: Transaction, key: string): void {
  if (tx.get(serviceRevisions, key) !== undefined) tx.delete(serviceRevisions, key);
}

/** Of a service that is deleted: AWS deletes its revisions with it. */
async function forgetRevisions(db: Database, of: string): Promise<boolean> {
  const keys: string[] = [];
  for (const key of db.table(serviceRevisions).keys('service', of)) {
    if (keys.length >= maxRevisionsAtOnce) break;
    const row = db.get(serviceRevisions, key)?.row;
    if (row === undefined || serviceOf(db, row) !== undefined) return false;
    keys.push(key);
  }
  if (keys.length === 0) return false;
  await db.transact((tx) => {
    for (const key of keys) deleteRevision(tx, key);
  });
  return true;
}
