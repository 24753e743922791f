import { expect, test } from 'vitest';
import { serviceDeploymentKey, serviceDeployments } from '../records/service-deployment.ts';
import { serviceRevisionKey, serviceRevisions } from '../records/service-revision.ts';
import { ownedBy } from '../records/service.ts';
import { openShifting, worked, type OpenedShifting } from '../service-scheduler/contract/opened-shifting.ts';
import { historyCleanUp, historyLifeMs, maxDeploymentsKept } from './history-clean-up.ts';

const dayMs = 86_400_000;

/** A service that ran app:1, app:2 and app:3 in turn. @returns the revisions' ids too, oldest first */
async function shipped(strategy: 'ROLLING' | 'BLUE_GREEN' = 'ROLLING') {
  const ecs = await openShifting();
  await ecs.create({ strategy, bakeTimeInMinutes: 0 });
  await worked(ecs);
  for (const revision of [2, 3]) {
    await ecs.update({ taskDefinition: `app:${revision}` });
    await worked(ecs);
  }
  expect(ecs.rollouts().map(({ status }) => status)).toEqual(['SUCCESSFUL', 'SUCCESSFUL', 'SUCCESSFUL']);
  return { ecs, revisions: ecs.rollouts().map(({ target }) => target.revisionId) };
}

function kept(ecs: OpenedShifting, revisions: readonly string[]): readonly boolean[] {
  return revisions.map(
    (id) => ecs.db.get(serviceRevisions, serviceRevisionKey(ownedBy(ecs.service()), id)) !== undefined,
  );
}

test('[SVC-29] 90 days after it ended a deployment is gone, with the revisions nothing else tells of; what the service stands on stays', async () => {
  const { ecs, revisions } = await shipped();
  const stop = ecs.run(historyCleanUp(ecs.deps));
  await ecs.clock.advance(historyLifeMs - dayMs);
  expect([ecs.rollouts().length, kept(ecs, revisions)]).toEqual([3, [true, true, true]]);
  await ecs.clock.advance(3 * dayMs);
  // The last one is the service's, and tells of the revision before it.
  expect([ecs.rollouts().length, kept(ecs, revisions)]).toEqual([1, [false, true, true]]);
  // A rollback still finds the way.
  await ecs.update({ taskDefinition: 'app:1' });
  await ecs.settle();
  await ecs.api('StopServiceDeployment', {
    serviceDeploymentArn: `arn:aws:ecs:us-east-1:123456789012:service-deployment/web/shop/${ecs.rollouts().at(-1)?.id}`,
  });
  await worked(ecs);
  expect([ecs.rollouts().at(-1)?.status, ecs.counts()]).toEqual(['ROLLBACK_SUCCESSFUL', { 3: 2 }]);
  stop();
});

test('[SVC-29] a deployment in progress stays, however long it takes, with the revisions it may go back to', async () => {
  const { ecs } = await shipped('BLUE_GREEN');
  await ecs.update({
    taskDefinition: 'app:1',
    deploymentConfiguration: { lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['POST_SCALE_UP'] }] },
  });
  await worked(ecs);
  const ids = ecs.service().deployments.map(({ revisionId }) => revisionId);
  const open = ecs.rollouts().at(-1);
  const run = open?.hooks[0];
  if (open === undefined || run === undefined) throw new Error('no pause');
  // Longer than any pause may be.
  await ecs.db.transact((tx) =>
    tx.put(serviceDeployments, serviceDeploymentKey(open, open.id), {
      ...open,
      hooks: [{ ...run, expiresAtMs: run.expiresAtMs + 2 * historyLifeMs }],
    }),
  );
  const stop = ecs.run(historyCleanUp(ecs.deps));
  await ecs.clock.advance(historyLifeMs + 2 * dayMs);
  expect(ecs.rollouts().map(({ status }) => status)).toEqual(['SUCCESSFUL', 'IN_PROGRESS']);
  expect(kept(ecs, ids)).toEqual([true, true]);
  stop();
});

test('[SVC-29] of one service a bounded number is kept, the newest', async () => {
  const { ecs } = await shipped();
  const [first, , last] = ecs.rollouts();
  if (first === undefined || last === undefined) throw new Error('no deployments');
  for (let from = 0; from < maxDeploymentsKept; from += 50)
    await ecs.db.transact((tx) => {
      for (let number = from; number < from + 50; number++) {
        const row = { ...last, id: `9${String(number).padStart(18, '0')}`, createdAtMs: last.createdAtMs + number + 1 };
        tx.create(serviceDeployments, serviceDeploymentKey(row, row.id), row);
      }
    });
  const stop = ecs.run(historyCleanUp(ecs.deps));
  await ecs.db.transact((tx) => tx.put(serviceDeployments, serviceDeploymentKey(first, first.id), { ...first }));
  await ecs.clock.advance(1_000);
  const ids = new Set(ecs.rollouts().map(({ id }) => id));
  expect([ids.size, ids.has(first.id), ids.has(last.id)]).toEqual([maxDeploymentsKept, false, true]);
  stop();
});

test('[SVC-29] the revisions of a deleted service are gone, also when it was deleted while nobody looked', async () => {
  for (const watching of [true, false]) {
    const { ecs, revisions } = await shipped();
    const stops = watching ? [ecs.run(historyCleanUp(ecs.deps))] : [];
    await ecs.api('DeleteService', { cluster: 'web', service: 'shop', force: true });
    await worked(ecs);
    expect(ecs.service().status).toBe('INACTIVE');
    if (!watching) stops.push(ecs.run(historyCleanUp(ecs.deps)));
    await ecs.clock.advance(1_000);
    expect(kept(ecs, revisions)).toEqual([false, false, false]);
    for (const stop of stops) stop();
  }
});
