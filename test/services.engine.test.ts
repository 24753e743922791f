import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ContinuousLoad } from './continuous-load.ts';
import { EngineClient } from './engine-client.ts';
import {
  awsCli,
  freePort,
  longshore,
  newDataDirectory,
  startCommand,
  startLongshore,
  type RunningLongshore,
} from './longshore-process.ts';

/** Services behind load balancers with the unmodified AWS CLI, real containers and clients that never stop calling. */
const hasAws = (() => {
  try {
    execFileSync('aws', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const image = 'longshore/web:1';
const cluster = ['--cluster', 'prod-cluster'] as const;
/** The CLI's waiters look every 15 seconds. */
const waitMs = 300_000;
const pollMs = { timeout: 90_000, interval: 500 };
let directory = '';
let server: RunningLongshore;
let aws: ReturnType<typeof awsCli>;
let network = '';
let vpc = '';
let balancer = { arn: '', address: '' };
let listener = '';
let load: ContinuousLoad | undefined;

/** Registers a web server that says `body` at every path, after `begin` of shell. @returns `family:revision` */
async function register(
  family: string,
  body: string,
  { begin = '', container = {} }: { readonly begin?: string; readonly container?: object } = {},
): Promise<string> {
  const serve = `mkdir -p /tmp/w/api /tmp/w/admin && for d in / /api/ /admin/; do echo ${body} > /tmp/w$d/index.html; done; exec httpd -f -p 8080 -h /tmp/w`;
  const path = join(directory, 'definition.json');
  const definition = {
    family,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [
      {
        name: 'web',
        image,
        entryPoint: ['sh', '-c'],
        command: [begin === '' ? serve : `${begin}; ${serve}`],
        portMappings: [{ containerPort: 8080, protocol: 'tcp' }],
        ...container,
      },
    ],
  };
  writeFileSync(path, JSON.stringify(definition));
  const answer = await aws('ecs', 'register-task-definition', '--cli-input-json', `file://${path}`);
  return `${family}:${answer.taskDefinition.revision}`;
}

async function targetGroup(name: string): Promise<string> {
  const made = await aws(
    ...['elbv2', 'create-target-group', '--name', name, '--protocol', 'HTTP', '--port', '8080', '--vpc-id', vpc],
    ...['--target-type', 'ip', '--health-check-interval-seconds', '5', '--health-check-timeout-seconds', '2'],
    ...['--unhealthy-threshold-count', '2', '--healthy-threshold-count', '2'],
  );
  const arn = made.TargetGroups[0].TargetGroupArn as string;
  await aws(
    ...['elbv2', 'modify-target-group-attributes', '--target-group-arn', arn],
    ...['--attributes', 'Key=deregistration_delay.timeout_seconds,Value=20'],
  );
  return arn;
}

async function createService(name: string, definition: string, group: string, ...more: readonly string[]) {
  return aws(
    ...['ecs', 'create-service', ...cluster, '--service-name', name, '--task-definition', definition],
    ...['--launch-type', 'FARGATE', '--network-configuration', network],
    ...['--load-balancers', `targetGroupArn=${group},containerName=web,containerPort=8080`, ...more],
  );
}

async function describeService(name: string): Promise<any> {
  return (await aws('ecs', 'describe-services', ...cluster, '--services', name)).services[0];
}

async function stable(name: string): Promise<any> {
  await aws('ecs', 'wait', 'services-stable', ...cluster, '--services', name);
  return describeService(name);
}

async function runningTasks(name: string): Promise<any[]> {
  const { taskArns } = await aws('ecs', 'list-tasks', ...cluster, '--service-name', name);
  if (taskArns.length === 0) return [];
  const { tasks } = await aws('ecs', 'describe-tasks', ...cluster, '--tasks', ...taskArns);
  return tasks.filter((task: { lastStatus: string }) => task.lastStatus === 'RUNNING');
}

async function call(path = '/'): Promise<string> {
  const answer = await fetch(`http://${balancer.address}${path}`);
  return `${answer.status} ${(await answer.text()).trim()}`;
}

function messages(service: any): string[] {
  return service.events.map((event: { message: string }) => event.message);
}

describe.skipIf(!hasAws)('services behind a load balancer (needs aws on the PATH)', () => {
  beforeAll(async () => {
    directory = newDataDirectory();
    server = await startLongshore({ directory, port: await freePort() });
    aws = awsCli(server.endpoint);
    expect((await longshore(['image'])).stderr).not.toContain('cannot');
    await aws('ecs', 'create-cluster', '--cluster-name', 'prod-cluster');
    const { Subnets: subnets } = await aws('ec2', 'describe-subnets');
    vpc = subnets[0].VpcId;
    const ids = subnets.map((subnet: { SubnetId: string }) => subnet.SubnetId) as string[];
    network = `awsvpcConfiguration={subnets=[${ids[0]},${ids[1]}],assignPublicIp=DISABLED}`;
    const made = await aws('elbv2', 'create-load-balancer', '--name', 'web-alb', '--subnets', ...ids);
    const arn = made.LoadBalancers[0].LoadBalancerArn as string;
    const found = await aws(
      ...['ec2', 'describe-network-interfaces', '--filters', 'Name=description,Values=ELB app/web-alb/*'],
    );
    balancer = { arn, address: found.NetworkInterfaces[0].PrivateIpAddress };
    const listening = await aws(
      ...['elbv2', 'create-listener', '--load-balancer-arn', arn, '--protocol', 'HTTP', '--port', '80'],
      ...['--default-actions', 'Type=fixed-response,FixedResponseConfig={StatusCode=404,MessageBody=nobody}'],
    );
    listener = listening.Listeners[0].ListenerArn;
    await aws('elbv2', 'wait', 'load-balancer-available', '--load-balancer-arns', arn);
  }, waitMs);
  afterEach(async () => {
    await load?.stop();
    load = undefined;
  });
  afterAll(async () => {
    await server.stop();
    await longshore(['down', '--data-dir', directory]);
    rmSync(directory, { recursive: true, force: true });
  }, waitMs);

  test(
    'climbs to its count behind the load balancer, ships, goes back, loses a container, and drops no request',
    async () => {
      const group = await targetGroup('web-tg');
      const first = await register('web', 'one');
      const second = await register('web', 'two');
      await expect(createService('web', first, group, '--desired-count', '3')).rejects.toThrow(
        'does not have an associated load balancer',
      );
      await aws(
        ...['elbv2', 'create-rule', '--listener-arn', listener, '--priority', '100'],
        ...['--conditions', 'Field=path-pattern,Values=/', '--actions', `Type=forward,TargetGroupArn=${group}`],
      );
      const { service } = await createService('web', first, group, '--desired-count', '3');
      expect(service).toMatchObject({ status: 'ACTIVE', desiredCount: 3, runningCount: 0, launchType: 'FARGATE' });
      expect(await stable('web')).toMatchObject({ runningCount: 3, deployments: [{ rolloutState: 'COMPLETED' }] });
      expect(await call()).toBe('200 one');

      load = new ContinuousLoad(balancer.address, 80);
      await aws('ecs', 'update-service', ...cluster, '--service', 'web', '--task-definition', second);
      const shipped = await stable('web');
      expect(shipped.deployments).toHaveLength(1);
      expect(messages(shipped)[0]).toBe('(service web) has reached a steady state.');
      expect(await call()).toBe('200 two');
      await aws('ecs', 'update-service', ...cluster, '--service', 'web', '--task-definition', first);
      await stable('web');
      expect(await call()).toBe('200 one');

      const [task] = await runningTasks('web');
      await aws('ecs', 'stop-task', ...cluster, '--task', task.taskArn, '--reason', 'to see it replaced');
      await expect
        .poll(async () => (await runningTasks('web')).filter(({ taskArn }) => taskArn !== task.taskArn).length, pollMs)
        .toBe(3);
      await aws('ecs', 'update-service', ...cluster, '--service', 'web', '--desired-count', '1');
      expect(await stable('web')).toMatchObject({ runningCount: 1, desiredCount: 1 });
      const calls = await load.stop();
      load = undefined;
      expect(calls.failed).toEqual({});
      expect(calls.succeeded).toBeGreaterThan(500);
      expect([...calls.bodies.keys()].toSorted()).toEqual(['one\n', 'two\n']);
    },
    waitMs,
  );

  test(
    'a broken revision is rolled back by the circuit breaker, and nobody notices',
    async () => {
      const broken = await register('web', 'broken', { begin: 'exit 3' });
      await aws('ecs', 'update-service', ...cluster, '--service', 'web', '--desired-count', '2');
      const before = await stable('web');
      load = new ContinuousLoad(balancer.address, 80);
      // As the third seed document has it.
      await aws(
        ...['ecs', 'update-service', ...cluster, '--service', 'web', '--task-definition', broken],
        ...['--deployment-configuration', '{"deploymentCircuitBreaker":{"enable":true,"rollback":true}}'],
      );
      await expect
        .poll(async () => {
          const { deployments } = await describeService('web');
          return [deployments.length, deployments[0].rolloutState, deployments[0].taskDefinition];
        }, pollMs)
        .toEqual([1, 'COMPLETED', before.taskDefinition]);
      const after = await describeService('web');
      expect(messages(after).join('\n')).toMatch(
        /\(deployment ecs-svc\/\d+\) deployment failed: tasks failed to start\./,
      );
      expect(messages(after).join('\n')).toMatch(/\(service web\) rolling back to deployment ecs-svc\/\d+\./);
      const { serviceDeployments } = await aws(...['ecs', 'list-service-deployments', ...cluster, '--service', 'web']);
      expect(serviceDeployments[0].status).toBe('ROLLBACK_SUCCESSFUL');
      const calls = await load.stop();
      load = undefined;
      expect(calls.failed).toEqual({});
    },
    waitMs,
  );

  test(
    'a task whose container is killed is replaced',
    async () => {
      await aws('ecs', 'update-service', ...cluster, '--service', 'web', '--desired-count', '2');
      await stable('web');
      const engine = new EngineClient(
        (process.env['LONGSHORE_ENGINE'] ?? 'unix:///var/run/docker.sock').replace(/^unix:\/\//, ''),
      );
      const [task] = await runningTasks('web');
      await engine.kill(task.containers[0].runtimeId as string);
      await expect
        .poll(async () => (await runningTasks('web')).filter(({ taskArn }) => taskArn !== task.taskArn).length, pollMs)
        .toBe(2);
      const { tasks: ended } = await aws('ecs', 'describe-tasks', ...cluster, '--tasks', task.taskArn);
      expect(ended[0]).toMatchObject({ stopCode: 'EssentialContainerExited' });
      expect(ended[0].containers[0].exitCode).toBe(137);
    },
    waitMs,
  );

  test(
    'a task whose target fails its health checks is stopped, with the reason in an event',
    async () => {
      const group = await targetGroup('sick-tg');
      await aws(
        ...['elbv2', 'create-rule', '--listener-arn', listener, '--priority', '90'],
        ...['--conditions', 'Field=path-pattern,Values=/sick', '--actions', `Type=forward,TargetGroupArn=${group}`],
      );
      // Healthy for a while, then the page is gone.
      const sick = await register('sick', 'well', { begin: 'sh -c "sleep 15; rm /tmp/w/index.html" & true' });
      await createService('sick', sick, group, '--desired-count', '1');
      await expect
        .poll(async () => messages(await describeService('sick')).join('\n'), pollMs)
        .toMatch(/\(service sick\) \(port 8080\) is unhealthy in \(target-group .*\) due to \(reason .*404.*\)/);
      await aws('ecs', 'delete-service', ...cluster, '--service', 'sick', '--force');
      await aws('ecs', 'wait', 'services-inactive', ...cluster, '--services', 'sick');
    },
    waitMs,
  );

  test(
    'path rules send /api/* and /admin/* to two services; a deleted service takes its targets with it',
    async () => {
      const made: string[] = [];
      for (const [name, priority] of [
        ['api', '10'],
        ['admin', '20'],
      ] as const) {
        const group = await targetGroup(`${name}-tg`);
        await aws(
          ...['elbv2', 'create-rule', '--listener-arn', listener, '--priority', priority],
          ...['--conditions', `Field=path-pattern,Values=/${name}/*`],
          ...['--actions', `Type=forward,TargetGroupArn=${group}`],
        );
        await createService(name, await register(name, name), group, '--desired-count', '2');
        made.push(group);
      }
      await stable('api');
      await stable('admin');
      expect(await call('/api/')).toBe('200 api');
      expect(await call('/admin/')).toBe('200 admin');
      expect(await call('/nowhere')).toBe('404 nobody');
      await aws('ecs', 'delete-service', ...cluster, '--service', 'api', '--force');
      await aws('ecs', 'wait', 'services-inactive', ...cluster, '--services', 'api');
      const health = await aws('elbv2', 'describe-target-health', '--target-group-arn', made[0] ?? '');
      expect(health.TargetHealthDescriptions).toEqual([]);
      expect(await call('/api/')).toMatch(/^503 /);
      expect(await runningTasks('api')).toEqual([]);
    },
    waitMs,
  );

  test(
    'its name leads to the load balancer, on this machine and inside of tasks',
    async () => {
      const { LoadBalancers: found } = await aws(
        ...['elbv2', 'describe-load-balancers', '--load-balancer-arns', balancer.arn],
      );
      const name = found[0].DNSName as string;
      const { code, stdout } = await longshore(['resolve', '--name', name]);
      expect([code, stdout.trim()]).toEqual([0, expect.stringMatching(/^127\.80\./)]);
      const page = await fetch(`http://${stdout.trim()}/nowhere`);
      expect(await page.text()).toBe('nobody');
      const caller = await register('caller', 'caller', {
        begin: `mkdir -p /tmp/w; wget -q -O - http://${name}/nowhere 2> /tmp/w/seen.html || true`,
      });
      const { tasks } = await aws(
        ...['ecs', 'run-task', ...cluster, '--task-definition', caller, '--launch-type', 'FARGATE'],
        ...['--network-configuration', network],
      );
      await aws('ecs', 'wait', 'tasks-running', ...cluster, '--tasks', tasks[0].taskArn);
      const described = await aws('ecs', 'describe-tasks', ...cluster, '--tasks', tasks[0].taskArn);
      const details = described.tasks[0].attachments[0].details as { name: string; value: string }[];
      const address = details.find((detail) => detail.name === 'privateIPv4Address')?.value ?? '';
      const seen = async (): Promise<string> => (await fetch(`http://${address}:8080/seen.html`)).text();
      // The load balancer's own answer, by its name.
      await expect.poll(seen, pollMs).toContain('404');
      await aws('ecs', 'stop-task', ...cluster, '--task', tasks[0].taskArn);
    },
    waitMs,
  );

  test(
    'a service on an instance of the cluster, by its host ports, behind a network load balancer',
    async () => {
      const agentDirectory = newDataDirectory();
      const agent = await startCommand({
        directory: agentDirectory,
        logName: 'agent',
        args: [
          ...['agent', '--endpoint', server.endpoint, '--cluster', 'prod-cluster', '--data-dir', agentDirectory],
          ...['--introspection-port', 'off'],
        ],
        readyLine: 'longshore agent ready',
      });
      try {
        const path = join(directory, 'bridge.json');
        const serve = 'mkdir -p /tmp/w && echo bridge > /tmp/w/index.html; exec httpd -f -p 8080 -h /tmp/w';
        const container = {
          ...{ name: 'web', image, memory: 64, entryPoint: ['sh', '-c'], command: [serve] },
          portMappings: [{ containerPort: 8080, hostPort: 0 }],
        };
        const definition = { family: 'bridge', networkMode: 'bridge', containerDefinitions: [container] };
        writeFileSync(path, JSON.stringify(definition));
        await aws('ecs', 'register-task-definition', '--cli-input-json', `file://${path}`);
        const made = await aws(
          ...['elbv2', 'create-target-group', '--name', 'bridge-tg', '--protocol', 'TCP', '--port', '8080'],
          ...['--vpc-id', vpc, '--target-type', 'instance', '--health-check-interval-seconds', '5'],
          ...['--health-check-timeout-seconds', '2'],
        );
        const group = made.TargetGroups[0].TargetGroupArn as string;
        const { Subnets: subnets } = await aws('ec2', 'describe-subnets');
        const nlb = await aws(
          ...['elbv2', 'create-load-balancer', '--name', 'nlb', '--type', 'network'],
          ...['--subnets', subnets[0].SubnetId],
        );
        await aws(
          ...['elbv2', 'create-listener', '--load-balancer-arn', nlb.LoadBalancers[0].LoadBalancerArn],
          ...['--protocol', 'TCP', '--port', '90', '--default-actions', `Type=forward,TargetGroupArn=${group}`],
        );
        await aws(
          ...['ecs', 'create-service', ...cluster, '--service-name', 'bridge', '--task-definition', 'bridge'],
          ...['--desired-count', '2', '--launch-type', 'EC2'],
          ...['--load-balancers', `targetGroupArn=${group},containerName=web,containerPort=8080`],
        );
        expect(await stable('bridge')).toMatchObject({ runningCount: 2 });
        const { stdout } = await longshore(['resolve', '--name', nlb.LoadBalancers[0].DNSName as string]);
        const page = await fetch(`http://${stdout.trim()}:90/`);
        expect((await page.text()).trim()).toBe('bridge');
        await aws('ecs', 'delete-service', ...cluster, '--service', 'bridge', '--force');
        await aws('ecs', 'wait', 'services-inactive', ...cluster, '--services', 'bridge');
      } finally {
        await agent.stop();
        rmSync(agentDirectory, { recursive: true, force: true });
      }
    },
    waitMs,
  );

  test(
    'balancer and control plane may be killed: traffic goes on, and what was wanted is finished',
    async () => {
      load = new ContinuousLoad(balancer.address, 80);
      await aws('ecs', 'update-service', ...cluster, '--service', 'web', '--force-new-deployment');
      await server.kill();
      const port = server.port;
      server = await startLongshore({ directory, port });
      const again = await stable('web');
      expect(again.deployments).toMatchObject([{ status: 'PRIMARY', rolloutState: 'COMPLETED' }]);
      await load.stop();
      load = undefined;
      expect(await call()).toMatch(/^200 /);
    },
    waitMs,
  );
});
