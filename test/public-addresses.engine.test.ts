import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasAws } from './has-aws.ts';
import {
  awsCli,
  freePort,
  longshore,
  newDataDirectory,
  startLongshore,
  type RunningLongshore,
} from './longshore-process.ts';

/** Public addresses by the unmodified `aws` CLI and real containers: what an ECS tutorial does after `describe-tasks`. Needs root. */
const engine = process.env['LONGSHORE_ENGINE'] ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
const isRoot = process.getuid?.() === 0;
const cluster = ['--cluster', 'open'] as const;
const walkMs = 300_000;
const atOnceMs = { timeout: 3_000, interval: 100 };
let directory = '';
let server: RunningLongshore;
let aws: ReturnType<typeof awsCli>;
let vpc = '';
const groups = { front: '', back: '' };

interface Running {
  readonly eni: string;
  readonly privateIp: string;
  readonly publicIp: string;
  /** What its container gets of a page. */
  page(address: string): Promise<string>;
}

async function run(subnet: string, group: string, assignPublicIp: 'ENABLED' | 'DISABLED'): Promise<Running> {
  const network = `awsvpcConfiguration={subnets=[${subnet}],securityGroups=[${group}],assignPublicIp=${assignPublicIp}}`;
  const { tasks } = await aws(
    ...['ecs', 'run-task', ...cluster, '--task-definition', 'pages', '--launch-type', 'FARGATE'],
    ...['--network-configuration', network],
  );
  const arn = tasks[0].taskArn as string;
  await aws('ecs', 'wait', 'tasks-running', ...cluster, '--tasks', arn);
  const { tasks: found } = await aws('ecs', 'describe-tasks', ...cluster, '--tasks', arn);
  const details = found[0].attachments[0].details as { name: string; value: string }[];
  const eni = details.find(({ name }) => name === 'networkInterfaceId')?.value ?? '';
  const { NetworkInterfaces } = await aws('ec2', 'describe-network-interfaces', '--network-interface-ids', eni);
  const container = found[0].containers[0].runtimeId as string;
  return {
    eni,
    privateIp: NetworkInterfaces[0].PrivateIpAddress,
    publicIp: NetworkInterfaces[0].Association?.PublicIp ?? '',
    page: (address) => inContainer(container, `timeout 2 wget -q -O - http://${address}:8080/ 2>/dev/null`),
  };
}

function inContainer(id: string, command: string): Promise<string> {
  return new Promise((resolve) => {
    execFile('docker', ['-H', engine, 'exec', id, 'sh', '-c', command], { timeout: 30_000 }, (error, stdout) =>
      resolve(error === null ? stdout : 'failed'),
    );
  });
}

/** `curl` on the machine, over a connection of its own. */
function page(host: string): Promise<string> {
  return new Promise((resolve) => {
    const request = get({ host, port: 8080, agent: false, timeout: 1_000 }, (response) => {
      text(response).then(resolve, () => resolve('failed'));
    });
    request.on('timeout', () => request.destroy(new Error('it took too long')));
    request.on('error', () => resolve('failed'));
  });
}

async function change(verb: 'authorize' | 'revoke', group: string, source: string): Promise<void> {
  const peer = source.startsWith('sg-') ? ['--source-group', source] : ['--cidr', source];
  await aws(
    ...['ec2', `${verb}-security-group-ingress`, '--group-id', group, '--protocol', 'tcp', '--port', '8080'],
    ...peer,
  );
}

const explained = (from: string, to: string): Promise<{ code: number; stdout: string }> =>
  longshore(['explain', 'reachability', from, to, '8080', '--endpoint', server.endpoint]);

describe.skipIf(!hasAws || !isRoot)('public addresses (needs aws on the PATH, and root)', () => {
  let front: Running;
  let back: Running;
  let far: Running;
  let subnet = '';
  let table = '';

  beforeAll(async () => {
    directory = newDataDirectory();
    server = await startLongshore({ directory, port: await freePort() });
    aws = awsCli(server.endpoint);
    expect((await longshore(['image'])).stderr).not.toContain('cannot');
    await aws('ecs', 'create-cluster', '--cluster-name', 'open');
    const { Subnets: found } = await aws('ec2', 'describe-subnets');
    vpc = found[0].VpcId;
    subnet = found[0].SubnetId;
    const serve = 'mkdir -p /tmp/w && echo page > /tmp/w/index.html; exec httpd -f -p 8080 -h /tmp/w';
    const container = { name: 'web', image: 'longshore/web:1', entryPoint: ['sh', '-c'], command: [serve] };
    const file = join(directory, 'pages.json');
    const sizes = { networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'], cpu: '256', memory: '512' };
    const definition = { family: 'pages', ...sizes, containerDefinitions: [{ ...container, stopTimeout: 2 }] };
    writeFileSync(file, JSON.stringify(definition));
    await aws('ecs', 'register-task-definition', '--cli-input-json', `file://${file}`);
    for (const name of ['front', 'back'] as const) {
      const made = await aws(
        ...['ec2', 'create-security-group', '--group-name', name, '--description', name, '--vpc-id', vpc],
      );
      groups[name] = made.GroupId;
    }
    // Another VPC, whose subnet leads to an internet gateway too.
    const { Vpc } = await aws('ec2', 'create-vpc', '--cidr-block', '10.77.0.0/16');
    const otherVpc = Vpc.VpcId as string;
    const { Subnet } = await aws('ec2', 'create-subnet', '--vpc-id', otherVpc, '--cidr-block', '10.77.1.0/24');
    const { InternetGateway } = await aws('ec2', 'create-internet-gateway');
    const gateway = InternetGateway.InternetGatewayId as string;
    await aws('ec2', 'attach-internet-gateway', '--vpc-id', otherVpc, '--internet-gateway-id', gateway);
    const { RouteTables } = await aws('ec2', 'describe-route-tables', '--filters', `Name=vpc-id,Values=${otherVpc}`);
    table = RouteTables[0].RouteTableId;
    const toAll = ['--destination-cidr-block', '0.0.0.0/0', '--gateway-id', gateway];
    await aws('ec2', 'create-route', '--route-table-id', table, ...toAll);
    const made = await aws(
      ...['ec2', 'create-security-group', '--group-name', 'far', '--description', 'far', '--vpc-id', otherVpc],
    );
    await change('authorize', made.GroupId, '0.0.0.0/0');
    [front, back, far] = await Promise.all([
      run(subnet, groups.front, 'ENABLED'),
      run(subnet, groups.back, 'ENABLED'),
      run(Subnet.SubnetId, made.GroupId, 'ENABLED'),
    ]);
  }, walkMs);

  afterAll(async () => {
    await server?.stop();
    await longshore(['down', '--data-dir', directory]);
    rmSync(directory, { recursive: true, force: true });
  }, walkMs);

  test(
    '[NET-56] [NET-57] the machine reaches a task by its public address as its security group says, and by that only',
    async () => {
      expect(back.publicIp).toMatch(/^198\.1[89]\./);
      expect(await page(back.publicIp)).toBe('failed');
      await change('authorize', groups.back, '172.31.0.0/16');
      await expect.poll(() => page(back.privateIp), atOnceMs).toBe('page\n');
      expect(await page(back.publicIp)).toBe('failed');
      await change('authorize', groups.back, '0.0.0.0/0');
      await expect.poll(() => page(back.publicIp), atOnceMs).toBe('page\n');
      const { code, stdout } = await explained('internet', back.publicIp);
      expect([code, stdout]).toEqual([0, expect.stringContaining('which has a public address')]);
      await change('revoke', groups.back, '0.0.0.0/0');
      await change('revoke', groups.back, '172.31.0.0/16');
      await expect.poll(() => page(back.publicIp), atOnceMs).toBe('failed');
    },
    walkMs,
  );

  test(
    '[NET-57] [NET-59] a task is seen by its public address: a rule for its group does not match, one for that address does',
    async () => {
      await change('authorize', groups.back, groups.front);
      await expect.poll(() => front.page(back.privateIp), atOnceMs).toBe('page\n');
      expect(await front.page(back.publicIp)).toBe('failed');
      expect((await explained(front.eni, back.publicIp)).code).toBe(1);
      await change('authorize', groups.back, `${front.publicIp}/32`);
      await expect.poll(() => front.page(back.publicIp), atOnceMs).toBe('page\n');
      expect((await explained(front.eni, back.publicIp)).code).toBe(0);
      // To another VPC, and from there, where nothing else leads.
      expect(await front.page(far.publicIp)).toBe('page\n');
      expect(await front.page(far.privateIp)).toBe('failed');
      expect(await far.page(back.publicIp)).toBe('failed');
    },
    walkMs,
  );

  test(
    '[NET-56] a changed route acts on running tasks; a longshore that was killed leaves and finds it so',
    async () => {
      expect(await page(far.publicIp)).toBe('page\n');
      await server.kill();
      expect(await page(far.publicIp)).toBe('page\n');
      server = await startLongshore({ directory, port: server.port });
      expect(await page(far.publicIp)).toBe('page\n');
      // An Elastic IP takes the place of the address that came with the task.
      const { AllocationId, PublicIp } = await aws('ec2', 'allocate-address', '--domain', 'vpc');
      await aws('ec2', 'associate-address', '--allocation-id', AllocationId, '--network-interface-id', far.eni);
      await expect.poll(() => page(PublicIp), atOnceMs).toBe('page\n');
      expect(await page(far.publicIp)).toBe('failed');
      await aws('ec2', 'delete-route', '--route-table-id', table, '--destination-cidr-block', '0.0.0.0/0');
      await expect.poll(() => page(PublicIp), atOnceMs).toBe('failed');
      const { code, stdout } = await explained('internet', PublicIp);
      expect([code, stdout]).toEqual([1, expect.stringContaining('has no route to 0.0.0.0/0')]);
    },
    walkMs,
  );
});
