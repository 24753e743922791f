import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { testInterface } from '../contract/network-contract.ts';
import { openTo } from '../contract/policies.ts';
import { noChange } from '../index.ts';
import type { NamespaceHolder, TaskInterface, TaskNetwork } from '../index.ts';
import { openLinuxNetwork } from './linux-network.ts';
import { MachineLock } from './machine-lock.ts';

/** What agents that were killed, of this or an earlier version, leave behind. Root, no engine; best run under `unshare -n`. */
const owner = `test-left-${process.pid}`;
const state: { network?: TaskNetwork; readonly processes: ChildProcess[] } = { processes: [] };
const network = (): TaskNetwork => state.network as TaskNetwork;
const open = async (name: string): Promise<TaskNetwork> => {
  const opened = await openLinuxNetwork({ owner: name, log: silentLog });
  await opened.enforcer?.apply({ ...noChange, complete: true });
  return opened;
};
const sh = (command: string): string => execFileSync('sh', ['-c', command], { encoding: 'utf8', timeout: 20_000 });
const routes = (): string => sh('ip route show proto 76');
const ruleset = (): string => sh('nft list ruleset inet');

/** A process that has printed a line. */
async function started(program: string, parameters: readonly string[]): Promise<number> {
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'ignore'] });
  state.processes.push(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return child.pid ?? 0;
}
const namespace = (): Promise<number> => started('unshare', ['--net', 'sh', '-c', 'echo ready; exec sleep 300']);
const nodeThat = (program: string): Promise<number> => started(process.execPath, ['-e', program]);
const listening = (name: string): string =>
  `require('net').createServer(() => {}).listen('\\0' + ${name}, () => console.log('up')); setInterval(() => {}, 1e6)`;

/** Attaches an interface to and from which everything may pass. */
async function attach(on: TaskNetwork, wanted: TaskInterface, holder: NamespaceHolder): Promise<void> {
  await on.enforcer?.apply(openTo([wanted]));
  await on.attach(wanted, holder);
}

const narrow = testInterface(9, { address: '10.213.96.9', gateway: '10.213.96.1', vpcPrefixes: ['10.213.96.0/20'] });

beforeEach(async () => {
  state.network = await open(owner);
});
afterEach(async () => {
  await network().destroy();
  for (const child of state.processes.splice(0)) child.kill('SIGKILL');
});

test('prefixes, elements and addresses of nobody are in nobody’s way, and gone after prepare', async () => {
  await network().prepare();
  sh(
    'ip route add unreachable 10.213.96.0/20 proto 76; ip addr add 10.213.96.1/32 dev lo scope host label lo:longshore',
  );
  sh(
    `nft 'add element inet longshore vpc { 10.213.96.0/20 }; add element inet longshore same_vpc { 10.213.96.0/20 . 10.213.96.0/20 }'`,
  );
  await attach(network(), testInterface(2), { id: '', pid: await namespace() });
  expect(ruleset()).toContain('10.213.0.0/16 . 10.213.0.0/16');
  await network().prepare();
  for (const text of [routes(), ruleset(), sh('ip addr show lo')]) expect(text).not.toContain('10.213.96.');
  expect(await network().list()).toHaveLength(1);
});

test.each([
  ['wide first', [testInterface(2), narrow]],
  ['narrow first', [narrow, testInterface(2)]],
])('VPCs that lie within one another coexist: %s', async (_name, interfaces) => {
  const other = await open(`${owner}-other`);
  try {
    for (const [index, one] of interfaces.entries())
      await attach(index === 0 ? network() : other, one, { id: '', pid: await namespace() });
    for (const prefix of ['10.213.0.0/16', '10.213.96.0/20']) expect(routes()).toContain(`unreachable ${prefix}`);
    expect(ruleset()).toContain('10.213.0.0/16 . 10.213.0.0/16');
    for (const { address } of interfaces) expect(ruleset()).toContain(address);
  } finally {
    await other.destroy();
  }
});

test('after destroy nothing of an owner is left, and what others need is', async () => {
  const other = await open(`${owner}-other`);
  const far = testInterface(7, { address: '10.214.0.7', gateway: '10.214.0.1', vpcPrefixes: ['10.214.0.0/16'] });
  await attach(other, far, { id: '', pid: await namespace() });
  await attach(network(), testInterface(2), { id: '', pid: await namespace() });
  await other.destroy();
  for (const text of [routes(), ruleset(), sh('ip addr show lo'), sh('ip link')]) {
    expect(text).not.toMatch(/10\.214\.|a07@/);
  }
  expect(routes()).toContain('10.213.0.2');
  expect(ruleset()).toContain('10.213.0.2');
  expect(sh('ip addr show lo')).toMatch(/169\.254\.170\.2\/32[^]*10\.213\.0\.1\/32/);
});

test('a live agent without any task keeps what is shared', async () => {
  await nodeThat(listening(`'longshore/network/owner/${owner}-live/' + process.pid`));
  await network().prepare();
  await network().destroy();
  expect(sh('ip addr show lo')).toContain('169.254.170.2/32');
  state.processes.splice(0).forEach((child) => child.kill('SIGKILL'));
  await expect.poll(() => sh('cat /proc/net/unix')).not.toContain(`${owner}-live`);
  await network().destroy();
  // Marks of agents are abstract sockets; an engine of ours has a socket with our name in its path.
  expect(/@longshore\/network|inet longshore/.test(sh('cat /proc/net/unix; nft list tables'))).toBe(othersHere());
});

test('an interface of a namespace without processes, held by the engine still, is removed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'longshore-ns-'));
  const held = join(folder, 'net');
  writeFileSync(held, '');
  const pid = await namespace();
  sh(`mount --bind /proc/${pid}/ns/net ${held}`);
  try {
    await attach(network(), testInterface(2), { id: '', pid });
    process.kill(pid, 'SIGKILL');
    await expect.poll(async () => (await network().list()).length).toBe(0);
    expect(routes()).not.toContain('10.213.0.2');
    expect(ruleset()).not.toContain('10.213.0.2');
  } finally {
    sh(`umount ${held}`);
    rmSync(folder, { recursive: true });
  }
});

test('an interface that was half made is made whole; one without a name for its task is removed', async () => {
  const pid = await namespace();
  await attach(network(), testInterface(2), { id: '', pid });
  sh(`nsenter -t ${pid} -n ip link set eth0 down`);
  await attach(network(), testInterface(2), { id: '', pid });
  expect(sh(`nsenter -t ${pid} -n ip route`)).toContain('default via 10.213.0.1');
  sh(`ip link add lsv0000000000ff type veth peer name eth9 netns ${pid}`);
  await network().prepare();
  expect(sh('ip link')).not.toContain('lsv0000000000ff');
});

test('an address that another agent has wired is refused, naming it', async () => {
  const other = await open(`${owner}-other`);
  await attach(other, testInterface(2), { id: '', pid: await namespace() });
  const second = testInterface(3, { address: '10.213.0.2' });
  await expect(attach(network(), second, { id: '', pid: await namespace() })).rejects.toThrow(
    `of agent "${owner}-other"`,
  );
  await other.destroy();
});

test('two agents of one name: the second is told', async () => {
  const pid = await nodeThat(listening(`'longshore/network/owner/${owner}/' + process.pid`));
  await expect(network().prepare()).rejects.toThrow(
    `process ${pid} uses the task network of this machine as "${owner}"`,
  );
});

test('the lock of an agent that is killed is free at once', async () => {
  const lock = new MachineLock();
  const pid = await nodeThat(listening(`'longshore/network/lock'`));
  const order: string[] = [];
  const turn = lock.run(async () => order.push('work'));
  await new Promise((resolve) => setTimeout(resolve, 200));
  order.push('killed');
  process.kill(pid, 'SIGKILL');
  await turn;
  expect(order).toEqual(['killed', 'work']);
});

test('work under the lock is done one after another, by several in a process too', async () => {
  const counts = { now: 0, most: 0, done: 0 };
  const work = async (): Promise<void> => {
    counts.now += 1;
    counts.most = Math.max(counts.most, counts.now);
    await new Promise((resolve) => setTimeout(resolve, 5));
    counts.now -= 1;
    counts.done += 1;
  };
  const locks = Array.from({ length: 4 }, () => new MachineLock());
  await Promise.all(locks.flatMap((lock) => Array.from({ length: 5 }, () => lock.run(work))));
  expect(counts).toMatchObject({ most: 1, done: 20 });
});

function othersHere(): boolean {
  return sh('cat /proc/net/unix').includes('@longshore/network/owner/');
}
