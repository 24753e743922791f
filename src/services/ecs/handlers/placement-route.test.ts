import { expect, test } from 'vitest';
import { outcome } from '../contract/opened-ecs.ts';
import { defined, joined, openTasks } from '../contract/opened-tasks.ts';
import { placementRoute, type PlacementAnswer } from './placement-route.ts';

async function opened() {
  const ecs = await openTasks();
  await ecs.call('CreateCluster', { clusterName: 'web' });
  await defined(ecs, 'app');
  const route = placementRoute(ecs.db, ecs.ledger);
  const context = { account: '123456789012', region: 'us-east-1', authorize: () => undefined };
  const ask = async (query: Readonly<Record<string, string>> = {}): Promise<PlacementAnswer> =>
    route.answer(new Map(Object.entries({ cluster: 'web', of: 'app', ...query })), context as never) as PlacementAnswer;
  return { ...ecs, ask };
}

test('[PL-34] the best of very many instances is in the answer', async () => {
  const { ask, ...ecs } = await opened();
  const totalResources = [
    { name: 'CPU', integerValue: 0 },
    { name: 'MEMORY', integerValue: 0 },
  ];
  for (let number = 0; number < 1_001; number++)
    await ecs.call('RegisterContainerInstance', { cluster: 'web', totalResources });
  await joined(ecs, 'web');
  const { instances } = await ask();
  expect(instances).toHaveLength(1_000);
  expect(instances.map(({ verdict }) => verdict).slice(0, 2)).toEqual(['best', 'refused']);
});

test.each(['{', '{}', '[1]', '[null]', '[{"type":5}]', '[{"type":"memberOf","expression":5}]'])(
  '[PL-34] what is no constraint is refused: %s',
  async (placementConstraints) => {
    const { ask } = await opened();
    expect(await outcome(ask({ placementConstraints }))).toContain('InvalidParameterException');
  },
);
