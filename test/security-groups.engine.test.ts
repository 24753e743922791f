import { execFile, execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** Security groups by the unmodified `aws` CLI, between real containers. */
const engine = process.env['LONGSHORE_ENGINE'] ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
const cluster = ['--cluster', 'walls'] as const;
const walkMs = 300_000;
const atOnceMs = { timeout: 3_000, interval: 100 };
let directory = '';
let server: RunningLongshore;
let aws: ReturnType<typeof awsCli>;
let vpc = '';
let subnets: string[] = [];
let tablesBefore = '';
const groups = { web: '', db: '', other: '', front: '' };

interface Running {
  readonly arn: string;
  readonly address: string;
  /** Runs a shell command in its container; its output, `failed` when it fails. */
  sh(command: string): Promise<string>;
}

const tables = (): string => execFileSync('nft', ['list', 'tables'], { encoding: 'utf8' });

async function group(name: string): Promise<string> {
  const made = await aws(
    ...['ec2', 'create-security-group', '--group-name', name, '--description', name, '--vpc-id', vpc],
  );
  return made.GroupId as string;
}

const source = (from: string): readonly string[] =>
  from.startsWith('sg-') ? ['--source-group', from] : ['--cidr', from];

async function allow(id: string, port: number, from: string): Promise<void> {
  await aws(
    ...['ec2', 'authorize-security-group-ingress', '--group-id', id, '--protocol', 'tcp', '--port', String(port)],
    ...source(from),
  );
}

async function revoke(id: string, port: number, from: string): Promise<void> {
  await aws(
    ...['ec2', 'revoke-security-group-ingress', '--group-id', id, '--protocol', 'tcp', '--port', String(port)],
    ...source(from),
  );
}

async function run(groupId: string): Promise<Running> {
  const { tasks } = await aws(
    ...['ecs', 'run-task', ...cluster, '--task-definition', 'pages', '--launch-type', 'FARGATE'],
    ...['--network-configuration', `awsvpcConfiguration={subnets=[${subnets[0]}],securityGroups=[${groupId}]}`],
  );
  const arn = tasks[0].taskArn as string;
  await aws('ecs', 'wait', 'tasks-running', ...cluster, '--tasks', arn);
  const { tasks: found } = await aws('ecs', 'describe-tasks', ...cluster, '--tasks', arn);
  const details = found[0].attachments[0].details as { name: string; value: string }[];
  const address = details.find(({ name }) => name === 'privateIPv4Address')?.value ?? '';
  return { arn, address, sh: (command) => inContainer(found[0].containers[0].runtimeId as string, command) };
}

function inContainer(id: string, command: string): Promise<string> {
  return new Promise((resolve) => {
    execFile('docker', ['-H', engine, 'exec', id, 'sh', '-c', command], { timeout: 30_000 }, (error, stdout) =>
      resolve(error === null ? stdout : `${stdout}failed`),
    );
  });
}

/** What a task gets of another's page. */
const page = (from: Running, to: string, port: number): Promise<string> =>
  from.sh(`timeout 1 wget -q -O - http://${to}:${port}/ 2>/dev/null`);

/** Over a connection of its own: one that is kept from before goes on, whatever became of the rules. */
function pageHere(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const request = get({ host, port, agent: false, timeout: 1_000 }, (response) => {
      text(response).then(resolve, () => resolve('failed'));
    });
    request.on('timeout', () => request.destroy(new Error('it took too long')));
    request.on('error', () => resolve('failed'));
  });
}

describe.skipIf(!hasAws)('security groups (needs aws on the PATH)', () => {
  let web: Running;
  let db: Running;
  let other: Running;

  beforeAll(async () => {
    tablesBefore = tables();
    directory = newDataDirectory();
    server = await startLongshore({ directory, port: await freePort() });
    aws = awsCli(server.endpoint);
    expect((await longshore(['image'])).stderr).not.toContain('cannot');
    await aws('ecs', 'create-cluster', '--cluster-name', 'walls');
    const { Subnets: found } = await aws('ec2', 'describe-subnets');
    vpc = found[0].VpcId;
    subnets = found.map(({ SubnetId }: { SubnetId: string }) => SubnetId);
    const serve =
      'mkdir -p /tmp/w && echo page > /tmp/w/index.html; httpd -p 8081 -h /tmp/w; nc -ll -p 9000 -e cat & exec httpd -f -p 8080 -h /tmp/w';
    const container = {
      name: 'web',
      image: 'longshore/web:1',
      entryPoint: ['sh', '-c'],
      command: [serve],
      stopTimeout: 2,
    };
    const file = join(directory, 'pages.json');
    writeFileSync(
      file,
      JSON.stringify({
        ...{ family: 'pages', networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'], cpu: '256', memory: '512' },
        containerDefinitions: [{ ...container, portMappings: [{ containerPort: 8080 }] }],
      }),
    );
    await aws('ecs', 'register-task-definition', '--cli-input-json', `file://${file}`);
    for (const name of ['web', 'db', 'other', 'front'] as const) groups[name] = await group(name);
    [web, db, other] = await Promise.all([run(groups.web), run(groups.db), run(groups.other)]);
  }, walkMs);

  afterAll(async () => {
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test(
    '[SG-70] a group lets pass what a rule names, by port and by group, and nothing else; a new rule acts at once',
    async () => {
      expect(await page(web, db.address, 8080)).toBe('failed');
      await allow(groups.db, 8080, groups.web);
      await expect.poll(() => page(web, db.address, 8080), atOnceMs).toBe('page\n');
      expect(await page(web, db.address, 8081)).toBe('failed');
      expect(await page(other, db.address, 8080)).toBe('failed');
      expect(await pageHere(db.address, 8080)).toBe('failed');
      await allow(groups.db, 8081, '0.0.0.0/0');
      await expect.poll(() => page(other, db.address, 8081), atOnceMs).toBe('page\n');
      expect(await pageHere(db.address, 8081)).toBe('page\n');
    },
    walkMs,
  );

  test(
    '[SG-71] a revoked rule lets nothing new pass; a connection that is there goes on',
    async () => {
      await allow(groups.db, 9000, groups.web);
      const talk = web.sh(`(echo before; sleep 12; echo after; sleep 1) | nc ${db.address} 9000`);
      await sleep(1_000);
      await revoke(groups.db, 9000, groups.web);
      await revoke(groups.db, 8080, groups.web);
      await expect.poll(() => page(web, db.address, 8080), atOnceMs).toBe('failed');
      expect(await web.sh(`echo new | timeout 2 nc ${db.address} 9000`)).toBe('failed');
      expect(await talk).toBe('before\nafter\n');
      await allow(groups.db, 8080, groups.web);
      await expect.poll(() => page(web, db.address, 8080), atOnceMs).toBe('page\n');
    },
    walkMs,
  );

  test(
    '[SG-72] what leaves a task must be let out; its own services answer always',
    async () => {
      const all = ['--ip-permissions', 'IpProtocol=-1,IpRanges=[{CidrIp=0.0.0.0/0}]'];
      await aws('ec2', 'revoke-security-group-egress', '--group-id', groups.web, ...all);
      await expect.poll(() => page(web, db.address, 8080), atOnceMs).toBe('failed');
      expect(await web.sh('wget -q -O - $ECS_CONTAINER_METADATA_URI_V4/task')).toContain(web.arn);
      const toDb = `IpProtocol=tcp,FromPort=8080,ToPort=8080,UserIdGroupPairs=[{GroupId=${groups.db}}]`;
      await aws('ec2', 'authorize-security-group-egress', '--group-id', groups.web, '--ip-permissions', toDb);
      await expect.poll(() => page(web, db.address, 8080), atOnceMs).toBe('page\n');
      expect(await page(web, db.address, 8081)).toBe('failed');
    },
    walkMs,
  );

  test(
    '[SG-73] what was enforced is enforced while everything of ours is dead, and after it is back',
    async () => {
      await server.kill();
      expect(await page(web, db.address, 8080)).toBe('page\n');
      expect(await page(other, db.address, 8080)).toBe('failed');
      server = await startLongshore({ directory, port: server.port });
      expect(await page(web, db.address, 8080)).toBe('page\n');
      expect(await page(other, db.address, 8080)).toBe('failed');
      await allow(groups.db, 8080, groups.other);
      await expect.poll(() => page(other, db.address, 8080), { timeout: 15_000, interval: 200 }).toBe('page\n');
    },
    walkMs,
  );

  test(
    '[SG-74] a load balancer is reached as its group says, and reaches tasks whose group names it',
    async () => {
      const made = await aws(
        ...['elbv2', 'create-load-balancer', '--name', 'front', '--subnets', ...subnets],
        ...['--security-groups', groups.front],
      );
      const { LoadBalancerArn: balancer, DNSName: name } = made.LoadBalancers[0];
      const target = await aws(
        ...['elbv2', 'create-target-group', '--name', 'pages', '--protocol', 'HTTP', '--port', '8080'],
        ...['--vpc-id', vpc, '--target-type', 'ip', '--health-check-interval-seconds', '5'],
        ...['--health-check-timeout-seconds', '2', '--healthy-threshold-count', '2'],
      );
      const arn = target.TargetGroups[0].TargetGroupArn as string;
      await aws(
        ...['elbv2', 'create-listener', '--load-balancer-arn', balancer, '--protocol', 'HTTP', '--port', '80'],
        ...['--default-actions', `Type=forward,TargetGroupArn=${arn}`],
      );
      await aws('elbv2', 'register-targets', '--target-group-arn', arn, '--targets', `Id=${db.address}`);
      await aws('elbv2', 'wait', 'load-balancer-available', '--load-balancer-arns', balancer);
      const here = (await longshore(['resolve', '--name', name])).stdout.trim();
      const { NetworkInterfaces: found } = await aws(
        ...['ec2', 'describe-network-interfaces', '--filters', 'Name=description,Values=ELB app/front/*'],
      );
      const node = found[0].PrivateIpAddress as string;
      const health = async (): Promise<string> =>
        (await aws('elbv2', 'describe-target-health', '--target-group-arn', arn)).TargetHealthDescriptions[0]
          .TargetHealth.State;
      for (const address of [here, node]) expect(await pageHere(address, 80)).toBe('failed');
      expect(await page(other, node, 80)).toBe('failed');
      expect(await health()).not.toBe('healthy');
      await allow(groups.front, 80, '0.0.0.0/0');
      await allow(groups.db, 8080, groups.front);
      await expect.poll(health, { timeout: 60_000, interval: 1_000 }).toBe('healthy');
      for (const address of [here, node]) expect(await pageHere(address, 80)).toBe('page\n');
      expect(await page(other, node, 80)).toBe('page\n');
      expect(await pageHere(db.address, 8080)).toBe('failed');
      await revoke(groups.front, 80, '0.0.0.0/0');
      await allow(groups.front, 80, groups.other);
      for (const address of [here, node]) await expect.poll(() => pageHere(address, 80), atOnceMs).toBe('failed');
      expect(await page(other, node, 80)).toBe('page\n');
      // A network load balancer that was made without a group is open.
      const nlb = await aws(
        ...['elbv2', 'create-load-balancer', '--name', 'open', '--type', 'network', '--subnets', subnets[0] ?? ''],
      );
      await aws(
        ...['elbv2', 'create-target-group', '--name', 'raw', '--protocol', 'TCP', '--port', '8081', '--vpc-id', vpc],
        ...['--target-type', 'ip'],
      ).then(async ({ TargetGroups: [{ TargetGroupArn: raw }] }) => {
        await aws('elbv2', 'register-targets', '--target-group-arn', raw, '--targets', `Id=${db.address}`);
        await aws(
          ...['elbv2', 'create-listener', '--load-balancer-arn', nlb.LoadBalancers[0].LoadBalancerArn],
          ...['--protocol', 'TCP', '--port', '82', '--default-actions', `Type=forward,TargetGroupArn=${raw}`],
        );
      });
      const open = (await longshore(['resolve', '--name', nlb.LoadBalancers[0].DNSName])).stdout.trim();
      await expect.poll(() => pageHere(open, 82), { timeout: 15_000, interval: 500 }).toBe('page\n');
    },
    walkMs,
  );

  test(
    '[SG-75] after `longshore down` none of its rules is left',
    async () => {
      expect(tables()).toContain('longshore_policy_');
      expect(tables()).toContain('longshore_nodes_');
      await server.stop();
      const { code, stderr } = await longshore(['down', '--data-dir', directory]);
      expect([code, stderr]).toEqual([0, expect.any(String)]);
      expect(tables()).toBe(tablesBefore);
    },
    walkMs,
  );
});
