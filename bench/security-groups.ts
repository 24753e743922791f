/**
 * What security groups cost on the wire: how much longer an interface with 20 rules takes to be wired, and how long a change takes until it is
 * enforced, among ten tasks and among 200, against starting `nft` for the same change. Root; no engine. Tasks are bare network namespaces. Best run under
 * `unshare -n`, since it wires up to 200 interfaces: `unshare -n npx tsx bench/security-groups.ts`.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { silentLog } from '../src/kernel/index.ts';
import { noChange, type PolicyChange, type TaskInterface } from '../src/network/index.ts';
import { openLinuxNetwork } from '../src/network/linux/index.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 30);
const many = Number(process.env['BENCH_TASKS'] ?? 200);
const few = 10;
const owner = `bench-${process.pid}`;
const everything: readonly [{ allow: true; protocol: 'all'; cidr: string }] = [
  { allow: true, protocol: 'all', cidr: '0.0.0.0/0' },
];
const children: ChildProcess[] = [];

await main();

async function main(): Promise<void> {
  execFileSync('ip', ['link', 'set', 'lo', 'up']); // in a new namespace it is down
  const network = await openLinuxNetwork({ owner, log: silentLog });
  const apply = (change: Partial<PolicyChange>): Promise<void> => network.enforcer.apply({ ...noChange, ...change });
  try {
    await network.prepare();
    await apply({ ...world(), complete: true });
    const pids = await Promise.all(Array.from({ length: 4 }, namespace));
    const wire = { plain: [] as number[], policed: [] as number[], first: [] as number[] };
    for (let round = 0; round <= rounds; round += 1) {
      for (const kind of ['plain', 'policed', 'first'] as const) {
        const one = benchInterface(1 + (round % 3));
        const change = kind === 'first' ? newGroup(one, round) : arrival(one);
        if (kind === 'plain') await apply(change);
        const tookMs = await timed(async () => {
          if (kind !== 'plain') await apply(change);
          await network.attach(one, { id: '', pid: pids[round % 4] ?? 0 });
        });
        if (round > 0) wire[kind].push(tookMs);
        await network.detach(one);
        await apply({
          memberChanges: [{ group: 'sg-self', added: [], removed: [one.address] }],
          removedGroups: ['sg-first'],
        });
      }
    }
    const counts: { tasks: number; change: number; rules: number; spawned: number }[] = [];
    let wired = 0;
    for (const tasks of [few, many]) {
      for (; wired < tasks; wired += 1) {
        const one = benchInterface(10 + wired);
        await apply(arrival(one));
        await network.attach(one, { id: '', pid: await namespace() });
      }
      const took = { change: [] as number[], rules: [] as number[], spawned: [] as number[] };
      for (let round = 0; round <= rounds; round += 1) {
        const change = await timed(() => apply(move(round)));
        const rules = await timed(() => apply({ groups: [group('sg-self', round)] }));
        const element = `element inet longshore_policy_${owner} members_sg-self { 10.216.200.1 }`;
        const verb = round % 2 === 0 ? 'add' : 'delete';
        const spawned = await timed(() => nft(`${verb} ${element}\n`));
        if (round === 0) continue;
        took.change.push(change);
        took.rules.push(rules);
        took.spawned.push(spawned);
      }
      counts.push({ tasks, change: median(took.change), rules: median(took.rules), spawned: median(took.spawned) });
    }
    report(wire, counts);
  } finally {
    await network.destroy();
    for (const child of children) child.kill('SIGKILL');
  }
}

function report(
  wire: Readonly<Record<'plain' | 'policed' | 'first', readonly number[]>>,
  counts: readonly { tasks: number; change: number; rules: number; spawned: number }[],
): void {
  const ms = (value: number): string => value.toFixed(2).padStart(8);
  const [plain, policed, first] = [median(wire.plain), median(wire.policed), median(wire.first)];
  console.log(`${rounds} rounds, medians in milliseconds; goal: at most 10 ms more a task\n`);
  console.log(`wire an interface                      ${ms(plain)}`);
  console.log(
    `  and its security group of 20 rules   ${ms(policed)}   +${ms(policed - plain)}   ${(policed / plain).toFixed(2)} of it`,
  );
  console.log(
    `  the first of that group              ${ms(first)}   +${ms(first - plain)}   ${(first / plain).toFixed(2)} of it\n`,
  );
  for (const { tasks, change, rules, spawned } of counts) {
    console.log(
      `among ${String(tasks).padStart(3)} tasks: a member comes or goes ${ms(change)}   20 rules are others ${ms(rules)}`,
    );
    console.log(
      `     starting nft for one element: ${ms(spawned)}   the change is ${(change / spawned).toFixed(2)} of it`,
    );
  }
  const [small, large] = counts;
  if (small !== undefined && large !== undefined)
    console.log(
      `\n${large.tasks} tasks against ${small.tasks}: member ${(large.change / small.change).toFixed(2)}, rules ${(large.rules / small.rules).toFixed(2)}`,
    );
}

function world(): Partial<PolicyChange> {
  return {
    groups: [group('sg-self', 0)],
    members: [{ group: 'sg-self', addresses: [] }],
    subnets: [
      { id: 'subnet-bench', vpcId: 'vpc-bench', cidr: '10.216.0.0/16', ingress: everything, egress: everything },
    ],
    vpcs: [{ id: 'vpc-bench', cidrs: ['10.216.0.0/16'] }],
  };
}

/** Twenty rules: ten ports for a block, ten for its own members. */
function group(id: string, round: number): PolicyChange['groups'][number] {
  const port = (index: number): { readonly from: number; readonly to: number } => {
    const at = 1_000 + index + (round % 2) * 100;
    return { from: at, to: at };
  };
  const ingress = Array.from({ length: 20 }, (_, index) => ({
    protocol: 6,
    ports: port(index),
    peer: index % 2 === 0 ? { cidrs: ['10.0.0.0/8'] } : { group: 'sg-self' },
  }));
  return { id, vpcId: 'vpc-bench', ingress, egress: [{ protocol: 'all', peer: { cidrs: ['0.0.0.0/0'] } }] };
}

/** What a machine is told of a task of a group that it knows. */
function arrival({ id, address }: TaskInterface, groups: readonly string[] = ['sg-self']): Partial<PolicyChange> {
  return {
    interfaces: [{ id, address, vpcId: 'vpc-bench', subnetId: 'subnet-bench', groups, wayOut: 'nat' }],
    memberChanges: [{ group: 'sg-self', added: [address], removed: [] }],
  };
}

function newGroup(one: TaskInterface, round: number): Partial<PolicyChange> {
  return { ...arrival(one, ['sg-first']), groups: [group('sg-first', round)] };
}

function move(round: number): Partial<PolicyChange> {
  const address = '10.216.210.1';
  const comes = round % 2 === 0;
  return { memberChanges: [{ group: 'sg-self', added: comes ? [address] : [], removed: comes ? [] : [address] }] };
}

function benchInterface(count: number): TaskInterface {
  const [high, low] = [Math.floor(count / 200), (count % 200) + 2];
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  return {
    id: `eni-0bec0000000${hex(high)}${hex(low)}00`,
    macAddress: `0a:58:0a:d8:${hex(high)}:${hex(low)}`,
    address: `10.216.${high}.${low}`,
    prefixLength: 16,
    gateway: '10.216.0.1',
    vpcPrefixes: ['10.216.0.0/16'],
  };
}

async function namespace(): Promise<number> {
  const child = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec sleep 3600'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child.pid ?? 0;
}

/** As the network runs it where it does not keep a process. */
async function nft(script: string): Promise<void> {
  const child = spawn('nft', ['-f', '-'], { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(script);
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`nft ended with ${String(code)}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
