import { expect, test } from 'vitest';
import { defined, fargate, inSubnet, openTasks } from '../contract/opened-tasks.ts';
import { fargatePoolCluster, platformAccount } from '../records/scope.ts';
import { tasks } from '../records/task.ts';
import { placementController } from './placement-controller.ts';

// A simulation found three tasks on a machine with room for two (seed 2005, 4 hours).
test('[CA-1] a task that is being placed is not placed a second time by the sweep', async () => {
  const ecs = await openTasks();
  await ecs.call('CreateCluster', { clusterName: 'prod' });
  await defined(ecs, 'web', fargate);
  for (let machine = 0; machine < 2; machine++) {
    const { containerInstance } = await ecs.call(
      'RegisterContainerInstance',
      {
        cluster: fargatePoolCluster,
        totalResources: [
          { name: 'CPU', type: 'INTEGER', integerValue: 256 },
          { name: 'MEMORY', type: 'INTEGER', integerValue: 512 },
          { name: 'PORTS', type: 'STRINGSET', stringSetValue: [] },
          { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: [] },
        ],
        attributes: [{ name: 'longshore.zones', value: 'a' }],
      },
      platformAccount,
    );
    const [, scope, id] = /instance\/(.*)\/(.*)$/.exec(containerInstance?.containerInstanceArn ?? '') ?? [];
    ecs.ledger.setConnected(`/ecs/instance/${platformAccount}/us-east-1/${scope}/${id}`, true);
  }
  await ecs.call('RunTask', {
    cluster: 'prod',
    taskDefinition: 'web',
    launchType: 'FARGATE',
    count: 2,
    networkConfiguration: inSubnet,
  });
  const table = ecs.db.table(tasks);
  const [first = '', second = ''] = [...table.keys('unplaced', 'all')];
  const controller = placementController(ecs.deps);
  await Promise.all([controller.reconcile(first), controller.reconcile('all-waiting')]);
  const places = [first, second].map((key) => table.get(key)?.row.instanceKey);
  expect(places).toEqual([expect.any(String), expect.any(String)]);
  expect(new Set(places).size).toBe(2);
});
