import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { containerInstanceKey, type ContainerInstanceRecord } from '../records/container-instance.ts';
import { readConstraints } from './constraints.ts';
import { explainPlacement } from './explain-placement.ts';
import { Ledger } from './ledger.ts';
import { place, type RankedRequirements } from './place.ts';
import { readStrategies } from './strategies.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const key = (id: string): string => containerInstanceKey(scope, 'c', id);

interface Sample {
  readonly id: string;
  readonly zone: string;
  readonly memory: number;
  readonly status?: ContainerInstanceRecord['status'];
  readonly launchType?: ContainerInstanceRecord['launchType'];
  readonly connected?: boolean;
  /** Tasks of the group that are there and take nothing. */
  readonly tasks?: number;
}

function poolOf(samples: readonly Sample[]) {
  const ledger = new Ledger();
  for (const { id, zone, memory, status = 'ACTIVE', launchType = 'EC2', connected = true, tasks = 0 } of samples) {
    const after: ContainerInstanceRecord = {
      ...{ ...scope, cluster: 'c', id, launchType, status, tags: [] },
      registered: { cpuUnits: 1024, memoryMiB: memory, tcpPorts: [22], udpPorts: [] },
      attributes: [{ name: 'ecs.availability-zone', value: zone }],
      ...{ registeredAtMs: 0, version: 1, sequenceFloor: 0 },
    };
    ledger.instanceChanged({ key: key(id), after });
    ledger.setConnected(key(id), connected);
    for (let task = 0; task < tasks; task++) {
      const resources = { cpuUnits: 0, memoryMiB: 0, tcpPorts: [], udpPorts: [] };
      ledger.reserve({ taskKey: `${id}-${task}`, instanceKey: key(id), resources, group: 'g' });
    }
  }
  return ledger.pool(scope, 'c');
}

const base: RankedRequirements = {
  launchType: 'EC2',
  group: 'g',
  resources: { cpuUnits: 256, memoryMiB: 256, tcpPorts: [], udpPorts: [] },
  requiresAttributes: [],
  constraints: [],
  strategies: readStrategies([
    { type: 'spread', field: 'attribute:ecs.availability-zone' },
    { type: 'binpack', field: 'memory' },
  ]),
};

test('[PL-34] says of each instance whether it is best, worse or refused, with every reason and the ranks', () => {
  const pool = poolOf([
    { id: 'best', zone: 'b', memory: 512 },
    { id: 'roomy', zone: 'b', memory: 1024 },
    { id: 'crowded', zone: 'a', memory: 512, tasks: 2 },
    { id: 'away', zone: 'a', memory: 100, connected: false },
    { id: 'drained', zone: 'b', memory: 512, status: 'DRAINING' },
    { id: 'edge', zone: 'x', memory: 512, launchType: 'EXTERNAL' },
  ]);
  const ranks = (zone: number, memory: number) => [
    { strategy: 'spread:attribute:ecs.availability-zone', value: zone },
    { strategy: 'binpack:memory', value: memory },
  ];
  const constraints = readConstraints([{ type: 'memberOf', expression: 'attribute:ecs.availability-zone in [a, b]' }]);
  const shown = explainPlacement({ ...base, constraints }, pool).map(({ instanceKey, reasons, ...rest }) => ({
    id: instanceKey.split('/').at(-1),
    reasons: reasons.map(({ reason, detail }) => `${reason}: ${detail}`),
    ...rest,
  }));
  expect(shown).toEqual([
    { id: 'best', verdict: 'best', reasons: [], ranks: ranks(0, 512) },
    { id: 'roomy', verdict: 'worse', reasons: [], ranks: ranks(0, 1024) },
    { id: 'crowded', verdict: 'worse', reasons: [], ranks: ranks(2, 512) },
    {
      id: 'away',
      verdict: 'refused',
      reasons: [
        'AGENT: the agent of the container instance is not connected',
        'RESOURCE:MEMORY: the task needs 256 MiB, 100 MiB are free',
      ],
      ranks: [],
    },
    {
      id: 'drained',
      verdict: 'refused',
      reasons: ['INACTIVE: the container instance is DRAINING, not ACTIVE'],
      ranks: [],
    },
    {
      id: 'edge',
      verdict: 'refused',
      reasons: [
        'LAUNCH_TYPE: the container instance takes tasks of launch type EXTERNAL, the task is EC2',
        'MemberOf placement constraint unsatisfied.: the container instance does not satisfy attribute:ecs.availability-zone in [a, b]',
      ],
      ranks: [],
    },
  ]);
});

test('[PL-34] the best are those that placement takes, and nothing else', () => {
  const sample = fc.record({
    zone: fc.constantFrom('a', 'b'),
    memory: fc.constantFrom(128, 256, 512),
    connected: fc.boolean(),
    tasks: fc.nat({ max: 2 }),
  });
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 6 }), fc.double({ min: 0, max: 1, noNaN: true }), (found, chance) => {
      const pool = poolOf(found.map((one, at) => ({ ...one, id: `i${at}` })));
      const best = explainPlacement(base, pool)
        .filter(({ verdict }) => verdict === 'best')
        .map(({ instanceKey }) => instanceKey);
      const placement = place({ ...base, chance: Math.min(chance, 0.999) }, pool);
      if ('placed' in placement) expect(best).toContain(placement.placed);
      else expect(best).toEqual([]);
    }),
  );
});
