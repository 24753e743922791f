// Placements per second of CPU time in a cluster of 5,000 container instances, each reserved in the ledger: `npx tsx bench/placement.ts`.
import { containerInstanceKey } from '../src/services/ecs/records/container-instance.ts';
import { readConstraints } from '../src/services/ecs/scheduler/constraints.ts';
import { readClusterQuery } from '../src/services/ecs/scheduler/cluster-query/query.ts';
import { Ledger } from '../src/services/ecs/scheduler/ledger.ts';
import { placeTasks } from '../src/services/ecs/scheduler/place-tasks.ts';
import { readStrategies } from '../src/services/ecs/scheduler/strategies.ts';

const instanceCount = 5_000;
const taskCount = 40_000;
const scope = { account: '123456789012', region: 'us-east-1' };
const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'];
const capabilities = Array.from({ length: 25 }, (_, index) => ({ name: `com.amazonaws.ecs.capability.${index}` }));
const noise = (seed: number): string => {
  let bits = seed + 1;
  return Array.from({ length: 128 }, () => {
    bits = (Math.imul(bits, 1_103_515_245) + 12_345) >>> 0;
    return bits >>> 16 < 32_768 ? 'a' : 'b';
  }).join('');
};

/** CPU time of this process: what else runs on the machine does not count. */
function cpuMs(): number {
  return process.cpuUsage().user / 1_000;
}

function fullLedger(): Ledger {
  const ledger = new Ledger();
  for (let index = 0; index < instanceCount; index++) {
    const key = containerInstanceKey(scope, 'c', `i${index}`);
    const attributes = [
      ...capabilities,
      { name: 'ecs.availability-zone', value: zones.at(index % zones.length) ?? '' },
      { name: 'rack', value: `r${index % 100}` },
      { name: 'noise', value: noise(index) },
    ];
    ledger.instanceChanged({
      key,
      after: {
        ...scope,
        cluster: 'c',
        id: `i${index}`,
        launchType: 'EC2',
        status: 'ACTIVE',
        registered: { cpuUnits: 16_384, memoryMiB: 32_768, tcpPorts: [22], udpPorts: [] },
        attributes,
        registeredAtMs: 0,
        version: 1,
        sequenceFloor: 0,
        tags: [],
      },
    });
    ledger.setConnected(key, true);
  }
  return ledger;
}

interface Case {
  readonly name: string;
  readonly strategies: Parameters<typeof readStrategies>[0];
  readonly constraints?: Parameters<typeof readConstraints>[0];
  readonly tcpPorts?: readonly number[];
  readonly tasks?: number;
  readonly perRequest?: number;
}

const zoneSpread = { type: 'spread', field: 'attribute:ecs.availability-zone' } as const;
const cases: readonly Case[] = [
  { name: 'binpack memory', strategies: [{ type: 'binpack', field: 'memory' }] },
  { name: 'binpack memory, 10 a request', strategies: [{ type: 'binpack', field: 'memory' }], perRequest: 10 },
  { name: 'spread by zone', strategies: [zoneSpread] },
  { name: 'spread by instance', strategies: [{ type: 'spread', field: 'instanceId' }] },
  { name: 'spread by zone, then instance', strategies: [zoneSpread, { type: 'spread', field: 'instanceId' }] },
  { name: 'spread by zone, then binpack cpu', strategies: [zoneSpread, { type: 'binpack', field: 'cpu' }] },
  { name: 'random', strategies: [] },
  {
    name: 'memberOf one rack of 100, binpack',
    strategies: [{ type: 'binpack', field: 'memory' }],
    constraints: [{ type: 'memberOf', expression: 'attribute:rack == r7' }],
    tasks: 3_000,
  },
  {
    name: 'distinctInstance, spread by zone',
    strategies: [zoneSpread],
    constraints: [{ type: 'distinctInstance' }],
    tasks: 5_000,
  },
  {
    name: 'a fixed host port, binpack',
    strategies: [{ type: 'binpack', field: 'memory' }],
    tcpPorts: [8080],
    tasks: 5_000,
  },
];

for (const { name, strategies, constraints = [], tcpPorts = [], tasks = taskCount, perRequest = 1 } of cases) {
  const ledger = fullLedger();
  const request = {
    launchType: 'EC2' as const,
    group: 'service:web',
    resources: { cpuUnits: 256, memoryMiB: 512, tcpPorts, udpPorts: [] },
    requiresAttributes: capabilities.slice(0, 8),
    constraints: readConstraints(constraints),
    strategies: readStrategies(strategies),
  };
  const start = cpuMs();
  let placed = 0;
  for (let first = 0; first < tasks; first += perRequest) {
    const some = Array.from({ length: perRequest }, (_, index) => ({
      taskKey: `t${first + index}`,
      chance: Math.random(),
    }));
    placed += placeTasks(ledger, { scope, cluster: 'c', request, tasks: some }).placed.length;
  }
  const seconds = (cpuMs() - start) / 1_000;
  console.log(`${name.padEnd(36)} ${placed} placed, ${Math.round(placed / seconds)} a second`);
}

const ledger = fullLedger();
const start = cpuMs();
const query = readClusterQuery("attribute:noise =~ '((a|b)*a(a|b)*b|(a*b*)*|(b|a)*){1,3}(aa|ab)x'");
let matched = 0;
for (const candidate of ledger.pool(scope, 'c').candidates()) if (query.matches(candidate)) matched++;
console.log(
  `a hostile pattern over ${instanceCount} different values of 128 characters: ${Math.round(cpuMs() - start)} ms, ${matched} matched`,
);
