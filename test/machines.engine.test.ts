import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Hosts, inside } from '../src/network/linux/remote/contract/hosts.ts';
import { hasAws } from './has-aws.ts';
import {
  awsCli,
  freePort,
  longshore,
  newDataDirectory,
  startCommand,
  type RunningCommand,
} from './longshore-process.ts';

/**
 * Three machines and the one of the control plane, which are network namespaces on one engine: 1, 2 and the control plane share a segment, 3 is behind a
 * router. Needs root.
 */
const engine = process.env['LONGSHORE_ENGINE'] ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
const isRoot = process.getuid?.() === 0;
const cluster = ['--cluster', 'far'] as const;
const walkMs = 300_000;
const soon = { timeout: 15_000, interval: 300 };
const controlPlane = '192.168.70.100';
const hosts = new Hosts();
let directory = '';
let endpoint = '';
let aws: ReturnType<typeof awsCli>;
let server: RunningCommand;
let balancer: RunningCommand;
let vpc = '';
let subnets: string[] = [];
const groups = { web: '', db: '', front: '' };

interface Machine {
  readonly name: string;
  readonly pid: number;
  agent: RunningCommand;
  instance: string;
}
const machines: Machine[] = [];

interface Running {
  readonly arn: string;
  readonly address: string;
  sh(command: string): Promise<string>;
}

function inContainer(id: string, command: string): Promise<string> {
  return new Promise((resolve) => {
    execFile('docker', ['-H', engine, 'exec', id, 'sh', '-c', command], { timeout: 30_000 }, (error, stdout) =>
      resolve(error === null ? stdout : `${stdout}failed`),
    );
  });
}

const page = (from: Running, to: string, port = 8080): Promise<string> =>
  from.sh(`timeout 2 wget -q -O - http://${to}:${port}/ 2>/dev/null`);

function startAgent(name: string, pid: number): Promise<RunningCommand> {
  const data = join(directory, name);
  mkdirSync(data, { recursive: true });
  return startCommand({
    directory,
    logName: name,
    args: [
      'agent',
      '--endpoint',
      endpoint,
      '--cluster',
      'far',
      '--name',
      name,
      '--data-dir',
      data,
      ...['--engine', engine, '--introspection-port', 'off'],
    ],
    readyLine: 'longshore agent ready',
    wrap: ['nsenter', '-t', String(pid), '-n'],
  });
}

async function instances(): Promise<Map<string, { ec2InstanceId: string }>> {
  const { containerInstanceArns: arns } = await aws('ecs', 'list-container-instances', ...cluster);
  if (arns.length === 0) return new Map();
  const { containerInstances } = await aws(
    'ecs',
    'describe-container-instances',
    ...cluster,
    '--container-instances',
    ...arns,
  );
  return new Map(
    containerInstances.map((one: { attributes: { name: string; value?: string }[]; ec2InstanceId: string }) => [
      one.attributes.find(({ name }) => name === 'ecs.longshore.underlay-address')?.value ?? '',
      one,
    ]),
  );
}

/** A machine on a segment, with an agent that has joined. */
async function joined(
  name: string,
  at: { readonly segment: number; readonly address: string; readonly gateway: string },
): Promise<void> {
  const pid = await hosts.namespace();
  hosts.cable(at.segment, pid, 'eth0', `${at.address}/24`);
  inside(pid, `ip route add default via ${at.gateway}`);
  const agent = await startAgent(name, pid);
  const instance = (await instances()).get(at.address)?.ec2InstanceId ?? '';
  expect(instance).toMatch(/^i-/);
  machines.push({ name, pid, agent, instance });
}

const on = (number: number): Machine => machines[number - 1] as Machine;

async function run(machine: Machine, group: string): Promise<Running> {
  const { tasks, failures } = await aws(
    ...['ecs', 'run-task', ...cluster, '--task-definition', 'pages', '--launch-type', 'EC2'],
    ...['--placement-constraints', `type=memberOf,expression=ec2InstanceId == ${machine.instance}`],
    ...['--network-configuration', `awsvpcConfiguration={subnets=[${subnets[0]}],securityGroups=[${group}]}`],
  );
  expect(failures).toEqual([]);
  const arn = tasks[0].taskArn as string;
  await aws('ecs', 'wait', 'tasks-running', ...cluster, '--tasks', arn);
  const { tasks: found } = await aws('ecs', 'describe-tasks', ...cluster, '--tasks', arn);
  const details = found[0].attachments[0].details as { name: string; value: string }[];
  const address = details.find(({ name }) => name === 'privateIPv4Address')?.value ?? '';
  return { arn, address, sh: (command) => inContainer(found[0].containers[0].runtimeId as string, command) };
}

async function ingress(verb: 'authorize' | 'revoke', id: string, source: string): Promise<void> {
  await aws(
    ...['ec2', `${verb}-security-group-ingress`, '--group-id', id, '--protocol', 'tcp', '--port', '8080'],
    ...['--source-group', source],
  );
}

describe.skipIf(!hasAws || !isRoot)('tasks on several machines (needs aws on the PATH, and root)', () => {
  let web: Running;
  let near: Running;
  let far: Running;

  beforeAll(async () => {
    directory = newDataDirectory();
    expect((await longshore(['image'])).stderr).not.toContain('cannot');
    const segment = await hosts.segment();
    const other = await hosts.segment();
    const router = await hosts.namespace();
    hosts.cable(segment, router, 'one', '192.168.70.254/24');
    hosts.cable(other, router, 'two', '192.168.71.254/24');
    inside(router, 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    // The control plane and the balancer are on this very machine.
    hosts.cable(segment, process.pid, 'lsmtest', `${controlPlane}/24`);
    execFileSync('ip', ['route', 'add', '192.168.71.0/24', 'via', '192.168.70.254']);
    const port = await freePort();
    endpoint = `http://${controlPlane}:${port}`;
    const data = ['--data-dir', join(directory, 'server')];
    server = await startCommand({
      directory,
      logName: 'server',
      args: ['server', '--host', controlPlane, '--insecure-plain-http', '--port', String(port), ...data],
      readyLine: 'longshore ready',
    });
    // Off loopback nobody may call as test.
    const { root } = JSON.parse(readFileSync(join(directory, 'server/installation.json'), 'utf8'));
    process.env['AWS_ACCESS_KEY_ID'] = root.accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = root.secretAccessKey;
    aws = awsCli(endpoint, root.accessKeyId, { AWS_SECRET_ACCESS_KEY: root.secretAccessKey });
    balancer = await startCommand({
      directory,
      logName: 'balancer',
      args: ['balancer', '--endpoint', endpoint, ...data, '--load-balancer-ports', '0'],
      readyLine: 'longshore balancer ready',
    });
    await aws('ecs', 'create-cluster', '--cluster-name', 'far');
    await joined('m1', { segment, address: '192.168.70.1', gateway: '192.168.70.254' });
    await joined('m2', { segment, address: '192.168.70.2', gateway: '192.168.70.254' });
    await joined('m3', { segment: other, address: '192.168.71.3', gateway: '192.168.71.254' });
    const { Subnets: found } = await aws('ec2', 'describe-subnets');
    vpc = found[0].VpcId;
    subnets = found.map(({ SubnetId }: { SubnetId: string }) => SubnetId);
    const command =
      'mkdir -p /tmp/w; cat /proc/net/fib_trie > /tmp/w/index.html; dd if=/dev/zero of=/tmp/w/big bs=1024 count=2048 2>/dev/null; exec httpd -f -p 8080 -h /tmp/w';
    const container = {
      name: 'web',
      image: 'longshore/web:1',
      memory: 64,
      entryPoint: ['sh', '-c'],
      command: [command],
    };
    await aws(
      ...['ecs', 'register-task-definition', '--family', 'pages', '--network-mode', 'awsvpc'],
      ...['--container-definitions', JSON.stringify([container])],
    );
    for (const name of ['web', 'db', 'front'] as const) {
      const { GroupId } = await aws(
        ...['ec2', 'create-security-group', '--group-name', name, '--description', name, '--vpc-id', vpc],
      );
      groups[name] = GroupId as string;
    }
    await ingress('authorize', groups.db, groups.web);
    await ingress('authorize', groups.db, groups.front);
    [web, near, far] = await Promise.all([run(on(1), groups.web), run(on(2), groups.db), run(on(3), groups.db)]);
  }, walkMs);

  afterAll(async () => {
    for (const { agent } of machines) await agent.stop();
    await balancer?.stop();
    await server?.stop();
    for (const { name, pid } of machines)
      await longshore(
        ['down', '--data-dir', join(directory, name), '--engine', engine],
        ['nsenter', '-t', String(pid), '-n'],
      );
    const left = machines.map(({ pid }) => inside(pid, 'nft list tables; ip route show; ip -o link show'));
    hosts.end();
    rmSync(directory, { recursive: true, force: true });
    for (const found of left) expect(found).not.toMatch(/longshore|172\.31\.|ls[vx]/);
  }, walkMs);

  test('[NM-1] a task fetches from a task on another machine by its address, on one segment and across', async () => {
    expect(await page(web, near.address)).toContain(near.address);
    expect(await page(web, far.address)).toContain(far.address);
    expect(await web.sh(`timeout 20 wget -q -O - http://${far.address}:8080/big | wc -c`)).toBe('2097152\n');
    expect(inside(on(1).pid, 'ip route show proto 77')).toContain(`${near.address} via 192.168.70.2 dev eth0`);
    expect(inside(on(1).pid, 'ip route show proto 77')).toContain(`${far.address} via 192.168.71.3 dev lsx0`);
  });

  test('[NM-5] security groups hold between machines, and change at once', async () => {
    // Nobody may call web, and db may not call db.
    expect(await page(near, web.address)).toBe('failed');
    expect(await page(near, far.address)).toBe('failed');
    await ingress('revoke', groups.db, groups.web);
    await expect.poll(() => page(web, near.address), soon).toBe('failed');
    await expect.poll(() => page(web, far.address), soon).toBe('failed');
    await ingress('authorize', groups.db, groups.web);
    await expect.poll(() => page(web, near.address), soon).toContain(near.address);
    await expect.poll(() => page(web, far.address), soon).toContain(far.address);
  });

  test(
    '[NM-4] a load balancer reaches tasks on other machines, and they reach it',
    async () => {
      const { LoadBalancers } = await aws(
        ...[
          'elbv2',
          'create-load-balancer',
          '--name',
          'front',
          '--scheme',
          'internal',
          '--security-groups',
          groups.front,
        ],
        ...['--subnets', ...subnets.slice(0, 2)],
      );
      const alb = LoadBalancers[0].LoadBalancerArn as string;
      const { TargetGroups } = await aws(
        ...['elbv2', 'create-target-group', '--name', 'pages', '--protocol', 'HTTP', '--port', '8080', '--vpc-id', vpc],
        ...[
          '--target-type',
          'ip',
          '--health-check-interval-seconds',
          '5',
          '--health-check-timeout-seconds',
          '3',
          '--healthy-threshold-count',
          '2',
        ],
      );
      const target = TargetGroups[0].TargetGroupArn as string;
      await aws(
        ...['elbv2', 'register-targets', '--target-group-arn', target],
        ...['--targets', `Id=${near.address}`, `Id=${far.address}`],
      );
      await aws(
        ...['elbv2', 'create-listener', '--load-balancer-arn', alb, '--protocol', 'HTTP', '--port', '80'],
        ...['--default-actions', `Type=forward,TargetGroupArn=${target}`],
      );
      await aws(
        ...['ec2', 'authorize-security-group-ingress', '--group-id', groups.front, '--protocol', 'tcp', '--port', '80'],
        ...['--source-group', groups.web],
      );
      await aws('elbv2', 'wait', 'target-in-service', '--target-group-arn', target);
      const { NetworkInterfaces } = await aws(
        ...['ec2', 'describe-network-interfaces', '--filters', 'Name=description,Values=ELB app/front/*'],
      );
      const node = NetworkInterfaces[0].PrivateIpAddress as string;
      const seen = new Set<string>();
      for (let call = 0; call < 8; call += 1) {
        const text = await page(web, node, 80);
        seen.add([near.address, far.address].find((address) => text.includes(address)) ?? text);
      }
      expect([...seen].sort()).toEqual([near.address, far.address].sort());
      // Its groups are asked too: db may not call it.
      expect(await page(near, node, 80)).toBe('failed');
      await aws('elbv2', 'delete-load-balancer', '--load-balancer-arn', alb);
    },
    walkMs,
  );

  test('[NM-10] explain reachability says which machines a packet goes between', async () => {
    const { stdout, code } = await longshore([
      'explain',
      'reachability',
      web.address,
      far.address,
      '8080',
      '--endpoint',
      endpoint,
      ...cluster,
    ]);
    expect(stdout).toContain(`from ${on(1).instance} (192.168.70.1) to ${on(3).instance} (192.168.71.3)`);
    expect(code).toBe(0);
  });

  test('[NM-7] a machine that was cut off is reached again when the cut heals', async () => {
    inside(on(1).pid, 'ip link set eth0 down');
    expect(await page(web, near.address)).toBe('failed');
    inside(on(1).pid, 'ip link set eth0 up; ip route replace default via 192.168.70.254');
    await expect.poll(() => page(web, near.address), soon).toContain(near.address);
    await expect.poll(() => page(web, far.address), soon).toContain(far.address);
  });

  test('[NM-8] agents and the control plane may be away', async () => {
    const second = on(2);
    await second.agent.kill();
    expect(await page(web, near.address)).toContain(near.address);
    second.agent = await startAgent(second.name, second.pid);
    expect(await page(web, near.address)).toContain(near.address);
    expect(await page(web, far.address)).toContain(far.address);
  });

  test('[NM-3] a task that stops is reached no more, and its successor elsewhere is', async () => {
    await aws('ecs', 'stop-task', ...cluster, '--task', near.arn);
    await aws('ecs', 'wait', 'tasks-stopped', ...cluster, '--tasks', near.arn);
    await expect.poll(() => inside(on(1).pid, 'ip route show proto 77'), soon).not.toContain(near.address);
    const next = await run(on(3), groups.db);
    await expect.poll(() => page(web, next.address), soon).toContain(next.address);
    // The machine that has no task any more knows nothing of those of others.
    await expect.poll(() => inside(on(2).pid, 'ip route show proto 77'), soon).toBe('');
  });
});
