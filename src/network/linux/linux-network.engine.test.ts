import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { buildLocalImage } from '../../platform/engine-setup/index.ts';
import { DockerRuntime } from '../../runtime/docker/index.ts';
import { pauseImage } from '../../runtime/index.ts';
import { describeNetworkContract, testInterface } from '../contract/network-contract.ts';
import { openTo } from '../contract/policies.ts';
import { noChange } from '../index.ts';
import type { TaskInterface, TaskNetwork } from '../index.ts';
import { openLinuxNetwork } from './linux-network.ts';

const address = process.env['LONGSHORE_ENGINE'] ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
const owner = `test-${process.pid}`;
const open = (name: string): Promise<TaskNetwork> => openLinuxNetwork({ owner: name, log: silentLog });

describeNetworkContract('linux', async () => {
  const processes: ReturnType<typeof spawn>[] = [];
  return {
    network: await open(owner),
    reopen: (who) => open(who === 'same' ? owner : `${owner}-other`),
    namespace: async () => {
      const process_ = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec sleep 300'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      processes.push(process_);
      await new Promise((resolve) => process_.stdout?.once('data', resolve));
      return { id: '', pid: process_.pid ?? 0 };
    },
    close: async () => {
      for (const process_ of processes) process_.kill();
    },
  };
});

/** Two containers in one network namespace, as an awsvpc task has them. */
interface TestTask {
  readonly interface: TaskInterface;
  readonly pid: number;
  /** Runs a shell command in the task; its output, with `exit N` at the end when it fails. */
  sh(command: string): Promise<string>;
}

describe('tasks on the routed network', () => {
  const runtime = new DockerRuntime({ address, log: silentLog });
  const images = { pause: '', web: '' };
  const label = { 'longshore.network-test': owner };
  const state: { network?: TaskNetwork } = {};
  const network = (): TaskNetwork => state.network as TaskNetwork;

  beforeAll(async () => {
    const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    const pause = pauseImage((await runtime.info()).architecture, sha256);
    const web = await buildLocalImage();
    for (const image of [pause, web]) await runtime.loadImage(image.tar);
    Object.assign(images, { pause: pause.reference, web: web.reference });
  });
  beforeEach(async () => {
    state.network = await open(owner);
    await network().prepare();
    await network().enforcer?.apply({ ...noChange, complete: true });
  });
  afterEach(async () => {
    await network().destroy();
    for (const container of await runtime.list(label)) await runtime.remove(container.id);
  });
  afterAll(() => runtime.close());

  async function task(
    number: number,
    options: {
      readonly change?: Partial<TaskInterface>;
      readonly caps?: readonly string[];
      readonly wayOut?: 'internet' | 'nat' | 'none';
    } = {},
  ): Promise<TestTask> {
    const wanted = testInterface(number, options.change);
    const name = `longshore-${owner}-${number}`;
    const base = { Labels: label };
    const HostConfig = { NetworkMode: 'none' };
    const pause = await runtime.create({ name, config: { ...base, Image: images.pause, HostConfig } });
    await runtime.start(pause);
    const pid = (await runtime.inspect(pause))?.pid ?? 0;
    await network().enforcer?.apply(openTo([wanted], { wayOut: options.wayOut ?? 'none' }));
    await network().attach(wanted, { id: '', pid });
    const joined = { NetworkMode: `container:${pause}`, CapAdd: options.caps ?? [] };
    const apps = ['web', 'shell'].map(async (app) => {
      const Cmd = app === 'web' ? ['/bin/web'] : ['sleep', '600'];
      const id = await runtime.create({
        name: `${name}-${app}`,
        config: { ...base, Image: images.web, Cmd, HostConfig: joined },
      });
      await runtime.start(id);
      return id;
    });
    const [, shell = ''] = await Promise.all(apps);
    const sh = async (command: string): Promise<string> => {
      const { exitCode, output } = await runtime.exec(shell, ['sh', '-c', `${command} 2>&1`], { timeoutMs: 20_000 });
      return exitCode === 0 ? output : `${output}exit ${exitCode}`;
    };
    await sh('for i in $(seq 50); do wget -q -O /dev/null http://127.0.0.1:8080/ && break; sleep 0.1; done');
    return { interface: wanted, pid, sh };
  }
  const get = (host: string): string => `timeout 3 wget -q -O - http://${host}:8080/`;
  const hostGet = (host: string): string => `timeout 3 busybox wget -q -O - http://${host}:8080/ 2>&1 || echo exit $?`;
  const onHost = (command: string): string => {
    try {
      return execFileSync('sh', ['-c', command], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: 20_000,
      });
    } catch (thrown) {
      return `${(thrown as { stderr: string }).stderr}exit ${(thrown as { status: number }).status}`;
    }
  };

  /** Does another agent, of a developer say, use this machine's network? What it shares must then stay. */
  const othersHere = (): boolean => /longshore\/network\/owner\/(?!test-)/.test(onHost('cat /proc/net/unix'));

  test('its containers share localhost; other tasks and the host reach it by its address', async () => {
    const [a, b] = [await task(2), await task(3)];
    expect(await a.sh(get('127.0.0.1'))).toContain('A task of Longshore');
    expect(await a.sh(get(b.interface.address))).toContain('A task of Longshore');
    expect(await b.sh(get(a.interface.address))).toContain('A task of Longshore');
    expect(onHost(hostGet(a.interface.address))).toContain('A task of Longshore');
  });

  test('it has the address, MAC, prefix and gateway that were chosen', async () => {
    const a = await task(2);
    expect(await a.sh('ip -o addr show dev eth0')).toContain('inet 10.213.0.2/24');
    expect(await a.sh('ip link show dev eth0')).toContain('0a:58:0a:d5:00:02');
    expect(await a.sh('ip route')).toContain('default via 10.213.0.1 dev eth0');
    expect(await a.sh('ping -c 1 -W 2 10.213.0.1')).toContain('1 packets received');
  });

  test('its own address is what others see', async () => {
    const [a, b] = [await task(2), await task(3)];
    const listen = b.sh('nc -l -p 9000 -e sh -c "netstat -tn | grep :9000"');
    expect(await a.sh('for i in $(seq 30); do nc -w 2 10.213.0.3 9000 </dev/null && break; sleep 0.1; done')).toContain(
      '10.213.0.2:',
    );
    await listen;
  });

  test('an address of the VPC that no task has is unreachable, from tasks and host', async () => {
    const a = await task(2, { wayOut: 'nat' });
    for (const unused of ['10.213.0.99', '10.213.77.1']) {
      // A task may hear of it late: Linux drops the notice when it comes while the socket is still in connect().
      expect(await a.sh(get(unused))).toMatch(/No route to host[^]*exit 1|^exit 143/);
      expect(onHost(hostGet(unused))).toMatch(/No route to host[^]*exit 1/);
    }
    // Every 16 bits of the prefix stay here, whatever the machine's default route is.
    expect(onHost('ip route get 10.213.200.1 2>&1; true')).toContain('No route to host');
  });

  test('169.254.170.2 answers tasks, which keep their address', async () => {
    const server = createServer((socket) => socket.end(`you are ${socket.remoteAddress}`));
    await new Promise<void>((resolve) => server.listen(18_099, '169.254.170.2', resolve));
    try {
      const a = await task(2);
      expect(await a.sh('nc -w 2 169.254.170.2 18099 </dev/null')).toBe('you are 10.213.0.2');
    } finally {
      server.close();
    }
  });

  test('a task cannot speak as its neighbour, even when it may change its addresses', async () => {
    const [a, b] = [await task(2, { caps: ['NET_ADMIN'] }), await task(3)];
    const c = await task(4);
    const echoesSeen = async (): Promise<number> =>
      Number(/^Icmp: (?:\d+ ){8}(\d+)/m.exec(await c.sh('cat /proc/net/snmp'))?.[1]);
    await a.sh('ip addr add 10.213.0.3/32 dev eth0');
    await a.sh('ping -c 2 -W 1 -I 10.213.0.2 10.213.0.4');
    expect(await echoesSeen()).toBe(2);
    await a.sh('ping -c 2 -W 1 -I 10.213.0.3 10.213.0.4');
    expect(await echoesSeen()).toBe(2);
    expect(await c.sh(get(b.interface.address))).toContain('A task of Longshore');
  });

  test('two VPCs of one machine do not see each other', async () => {
    const other = { address: '10.214.0.3', gateway: '10.214.0.1', vpcPrefixes: ['10.214.0.0/16'] };
    const [a, b] = [await task(2, { wayOut: 'nat' }), await task(3, { change: other, wayOut: 'nat' })];
    expect(await a.sh(get(b.interface.address))).toMatch(/exit (143|124)/);
    expect(onHost(hostGet(b.interface.address))).toContain('A task of Longshore');
  });

  test('only with a way out it leaves the VPC, behind an address of the machine', async () => {
    const world = `lsw${process.pid % 100_000}`;
    onHost(
      `ip netns add ${world} && ip link add ${world} type veth peer name w0 netns ${world} && ip addr add 198.18.7.1/24 dev ${world} && ip link set ${world} up`,
    );
    onHost(`ip netns exec ${world} sh -c 'ip link set lo up; ip addr add 198.18.7.2/24 dev w0; ip link set w0 up'`);
    const program =
      "require('net').createServer((s) => s.end('you are ' + s.remoteAddress)).listen(80, '0.0.0.0', () => console.log('up'))";
    const server = spawn('ip', ['netns', 'exec', world, process.execPath, '-e', program]);
    await new Promise((resolve) => server.stdout.once('data', resolve));
    try {
      const [open_, closed] = [await task(2, { wayOut: 'internet' }), await task(3)];
      expect(await open_.sh('nc -w 2 198.18.7.2 80 </dev/null')).toBe('you are 198.18.7.1');
      expect(await closed.sh('nc -w 2 198.18.7.2 80 </dev/null')).toContain('exit 1');
      // Nor does the world reach a task by knowing its address.
      onHost(
        `ip netns exec ${world} sh -c 'ip route add 10.213.0.0/16 via 198.18.7.1; ip route add 169.254.170.2 via 198.18.7.1'`,
      );
      expect(onHost(`ip netns exec ${world} sh -c '${hostGet('10.213.0.2')}'`)).toMatch(/exit (143|124)/);
      expect(onHost(`ip netns exec ${world} busybox ping -c 1 -W 1 169.254.170.2`)).toMatch(/exit/);
    } finally {
      server.kill();
      onHost(`ip netns delete ${world}; ip link delete ${world}`);
    }
  });

  test('attaching again keeps open connections; after destroy and prepare all is as before', async () => {
    const [a, b] = [await task(2), await task(3)];
    void a.sh('nc -ll -p 9001 -e cat').catch(() => undefined);
    const talk = b.sh(
      'for i in $(seq 30); do (sleep 1; echo late; sleep 0.5) | nc -w 5 10.213.0.2 9001 && break; sleep 0.1; done',
    );
    await new Promise((resolve) => setTimeout(resolve, 700));
    const restarted = await open(owner);
    await restarted.prepare();
    await restarted.enforcer?.apply({ ...openTo([a.interface, b.interface]), complete: true });
    await restarted.attach(a.interface, { id: '', pid: a.pid });
    expect((await talk).split('\n').filter((line) => !line.includes('refused'))).toEqual(['late', '']);
    await network().destroy();
    expect(await b.sh(get(a.interface.address))).toMatch(/exit 1/);
    expect(onHost('ip link; ip route; true')).not.toMatch(/lsvee0000000a|10\.213\.0\.[23]/);
    if (!othersHere()) {
      const left = onHost('nft list tables; ip route; ip addr show lo; iptables -S 2>/dev/null; true');
      expect(left).not.toMatch(/longshore|10\.213\.|lsv/);
    }
    await network().prepare();
    await network().enforcer?.apply({ ...openTo([a.interface, b.interface]), complete: true });
    for (const each of [a, b]) await network().attach(each.interface, { id: '', pid: each.pid });
    expect(await b.sh(get(a.interface.address))).toContain('A task of Longshore');
  });

  test('rules that somebody flushed are back after prepare', async ({ skip }) => {
    if (othersHere()) skip('another agent of this machine uses the table');
    const [a, b] = [await task(2), await task(3)];
    onHost('nft flush table inet longshore; nft delete table inet longshore');
    await network().prepare();
    expect(await b.sh(get(a.interface.address))).toContain('A task of Longshore');
    expect(onHost('nft list set inet longshore task_sources')).toContain('10.213.0.2');
  });

  test('never wires the network of the machine itself, nor that of a process that is gone', async () => {
    await network().enforcer?.apply(openTo([testInterface(2)]));
    await expect(network().attach(testInterface(2), { id: '', pid: process.pid })).rejects.toThrow(
      "the machine's own network",
    );
    await expect(network().attach(testInterface(2), { id: '', pid: 2 ** 22 + 1 })).rejects.toThrow('is gone');
    expect(await network().list()).toEqual([]);
  });

  test('a prefix that this machine reaches elsewhere is refused by name', async () => {
    onHost(
      'ip link add lsdummy type veth peer name lsdummy2 && ip addr add 10.215.3.1/24 dev lsdummy && ip link set lsdummy up',
    );
    try {
      const change = { address: '10.215.0.2', gateway: '10.215.0.1', vpcPrefixes: ['10.215.0.0/16'] };
      await network().enforcer?.apply(openTo([testInterface(2, change)]));
      await expect(network().attach(testInterface(2, change), { id: '', pid: process.pid })).rejects.toThrow(
        'already routes 10.215.3.0/24 through lsdummy',
      );
    } finally {
      onHost('ip link delete lsdummy');
    }
  });
});
