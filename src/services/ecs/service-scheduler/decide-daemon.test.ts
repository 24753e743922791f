import { expect, test } from 'vitest';
import { Model } from './contract/model.ts';

function daemon(instances: readonly string[], configuration = {}): Model {
  const model = new Model(
    0,
    { minimumHealthyPercent: 0, maximumPercent: 100, ...configuration },
    { schedulingStrategy: 'DAEMON' },
  );
  model.instances = instances.map((key) => ({ key, connected: true, takesTasks: true }));
  return model;
}

const places = (model: Model): readonly string[] =>
  model.tasks
    .filter(({ wanted }) => wanted)
    .map(({ instanceKey }) => instanceKey ?? '')
    .sort();

test('[SVC-11] one task on each instance that takes it; the desired count follows', () => {
  const model = daemon(['i1', 'i2', 'i3']);
  model.run(3);
  expect(places(model)).toEqual(['i1', 'i2', 'i3']);
  expect(model.service).toMatchObject({ desiredCount: 3, steady: true });
  model.instances = [...model.instances, { key: 'i4', connected: false, takesTasks: false }];
  model.run(1);
  expect(places(model)).toEqual(['i1', 'i2', 'i3']);
  model.instances = model.instances.map((one) => ({ ...one, connected: true, takesTasks: one.key !== 'i1' }));
  model.run(3);
  expect(places(model)).toEqual(['i2', 'i3', 'i4']);
  expect(model.service).toMatchObject({ desiredCount: 3, steady: true });
});

test.each([
  [{}, { stops: 3, starts: 0 }],
  [{ minimumHealthyPercent: 50 }, { stops: 1, starts: 0 }],
  [
    { minimumHealthyPercent: 100, maximumPercent: 200 },
    { stops: 0, starts: 3 },
  ],
  [
    { minimumHealthyPercent: 100, maximumPercent: 134 },
    { stops: 0, starts: 1 },
  ],
])('[SVC-11] a deployment with %o begins with %o', (configuration, expected) => {
  const model = daemon(['i1', 'i2', 'i3'], configuration);
  model.run(3);
  model.deploy();
  const { stops, starts } = model.turn();
  expect({ stops: stops.length, starts: starts.length }).toEqual(expected);
  model.run(8);
  expect(places(model)).toEqual(['i1', 'i2', 'i3']);
  expect(model.service.deployments).toHaveLength(1);
  expect(model.primary.rolloutState).toBe('COMPLETED');
});
