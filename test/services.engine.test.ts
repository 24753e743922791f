import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ContinuousLoad } from './continuous-load.ts';
import { EngineClient } from './engine-client.ts';
import { hasAws } from './has-aws.ts';
import { longshore, newDataDirectory, startCommand, startLongshore } from './longshore-process.ts';
import { cluster, image, messages, pollMs, ServiceStage, waitMs } from './service-stage.ts';

/** Services behind load balancers with the unmodified AWS CLI, real containers and clients that never stop calling. */
let stage: ServiceStage;
let load: ContinuousLoad | undefined;

describe.skipIf(!hasAws)('services behind a load balancer (needs aws on the PATH)', () => {
  beforeAll(async () => {
    stage = await ServiceStage.open();
  }, waitMs);
  afterEach(async () => {
    await load?.stop();
    load = undefined;
  });
  afterAll(() => stage.close(), waitMs);

  test(
    'climbs to its count behind the load balancer, ships, goes back, loses a container, and drops no request',
    async () => {
      const group = await stage.targetGroup('web-tg');
      const first = await stage.register('web', 'one');
      const second = await stage.register('web', 'two');
      await expect(stage.createService('web', first, group, '--desired-count', '3')).rejects.toThrow(
        'does not have an associated load balancer',
      );
      await stage.aws(
        ...['elbv2', 'create-rule', '--listener-arn', stage.listener, '--priority', '100'],
        ...['--conditions', 'Field=path-pattern,Values=/', '--actions', `Type=forward,TargetGroupArn=${group}`],
      );
      const { service } = await stage.createService('web', first, group, '--desired-count', '3');
      expect(service).toMatchObject({ status: 'ACTIVE', desiredCount: 3, runningCount: 0, launchType: 'FARGATE' });
      expect(await stage.stableByWaiter('web')).toMatchObject({
        runningCount: 3,
        deployments: [{ rolloutState: 'COMPLETED' }],
      });
      expect(await stage.call()).toBe('200 one');

      load = new ContinuousLoad(stage.balancer.address, 80);
      await stage.aws('ecs', 'update-service', ...cluster, '--service', 'web', '--task-definition', second);
      const shipped = await stage.stableByWaiter('web');
      expect(shipped.deployments).toHaveLength(1);
      expect(messages(shipped)[0]).toBe('(service web) has reached a steady state.');
      expect(await stage.call()).toBe('200 two');
      await stage.aws('ecs', 'update-service', ...cluster, '--service', 'web', '--task-definition', first);
      await stage.stable('web');
      expect(await stage.call()).toBe('200 one');

      const [task] = await stage.runningTasks('web');
      await stage.aws('ecs', 'stop-task', ...cluster, '--task', task.taskArn, '--reason', 'to see it replaced');
      await expect
        .poll(
          async () => (await stage.runningTasks('web')).filter(({ taskArn }) => taskArn !== task.taskArn).length,
          pollMs,
        )
        .toBe(3);
      await stage.aws('ecs', 'update-service', ...cluster, '--service', 'web', '--desired-count', '1');
      expect(await stage.stable('web')).toMatchObject({ runningCount: 1, desiredCount: 1 });
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
      const broken = await stage.register('web', 'broken', { begin: 'exit 3' });
      await stage.aws('ecs', 'update-service', ...cluster, '--service', 'web', '--desired-count', '2');
      const before = await stage.stable('web');
      load = new ContinuousLoad(stage.balancer.address, 80);
      // As the third seed document has it.
      await stage.aws(
        ...['ecs', 'update-service', ...cluster, '--service', 'web', '--task-definition', broken],
        ...['--deployment-configuration', '{"deploymentCircuitBreaker":{"enable":true,"rollback":true}}'],
      );
      await expect
        .poll(async () => {
          const { deployments } = await stage.describeService('web');
          return [deployments.length, deployments[0].rolloutState, deployments[0].taskDefinition];
        }, pollMs)
        .toEqual([1, 'COMPLETED', before.taskDefinition]);
      const after = await stage.describeService('web');
      expect(messages(after).join('\n')).toMatch(
        /\(deployment ecs-svc\/\d+\) deployment failed: tasks failed to start\./,
      );
      expect(messages(after).join('\n')).toMatch(/\(service web\) rolling back to deployment ecs-svc\/\d+\./);
      const { serviceDeployments } = await stage.aws(
        ...['ecs', 'list-service-deployments', ...cluster, '--service', 'web'],
      );
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
      await stage.aws('ecs', 'update-service', ...cluster, '--service', 'web', '--desired-count', '2');
      await stage.stable('web');
      const engine = new EngineClient(
        (process.env['LONGSHORE_ENGINE'] ?? 'unix:///var/run/docker.sock').replace(/^unix:\/\//, ''),
      );
      const [task] = await stage.runningTasks('web');
      await engine.kill(task.containers[0].runtimeId as string);
      await expect
        .poll(
          async () => (await stage.runningTasks('web')).filter(({ taskArn }) => taskArn !== task.taskArn).length,
          pollMs,
        )
        .toBe(2);
      const { tasks: ended } = await stage.aws('ecs', 'describe-tasks', ...cluster, '--tasks', task.taskArn);
      expect(ended[0]).toMatchObject({ stopCode: 'EssentialContainerExited' });
      expect(ended[0].containers[0].exitCode).toBe(137);
    },
    waitMs,
  );

  test(
    'a task whose target fails its health checks is stopped, with the reason in an event',
    async () => {
      const group = await stage.targetGroup('sick-tg');
      await stage.aws(
        ...['elbv2', 'create-rule', '--listener-arn', stage.listener, '--priority', '90'],
        ...['--conditions', 'Field=path-pattern,Values=/sick', '--actions', `Type=forward,TargetGroupArn=${group}`],
      );
      // Healthy for a while, then the page is gone.
      const sick = await stage.register('sick', 'well', { begin: 'sh -c "sleep 15; rm /tmp/w/index.html" & true' });
      await stage.createService('sick', sick, group, '--desired-count', '1');
      await expect
        .poll(async () => messages(await stage.describeService('sick')).join('\n'), pollMs)
        .toMatch(
          /\(service sick\) \(task \w+\) \(port 8080\) is unhealthy in \(target-group .*\) due to \(reason .*404.*\)/,
        );
      await stage.aws('ecs', 'delete-service', ...cluster, '--service', 'sick', '--force');
      await stage.aws('ecs', 'wait', 'services-inactive', ...cluster, '--services', 'sick');
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
        const group = await stage.targetGroup(`${name}-tg`);
        await stage.aws(
          ...['elbv2', 'create-rule', '--listener-arn', stage.listener, '--priority', priority],
          ...['--conditions', `Field=path-pattern,Values=/${name}/*`],
          ...['--actions', `Type=forward,TargetGroupArn=${group}`],
        );
        await stage.createService(name, await stage.register(name, name), group, '--desired-count', '2');
        made.push(group);
      }
      await stage.stable('api');
      await stage.stable('admin');
      expect(await stage.call('/api/')).toBe('200 api');
      expect(await stage.call('/admin/')).toBe('200 admin');
      expect(await stage.call('/nowhere')).toBe('404 nobody');
      await stage.aws('ecs', 'delete-service', ...cluster, '--service', 'api', '--force');
      await stage.inactive('api');
      const health = await stage.aws('elbv2', 'describe-target-health', '--target-group-arn', made[0] ?? '');
      expect(health.TargetHealthDescriptions).toEqual([]);
      expect(await stage.call('/api/')).toMatch(/^503 /);
      expect(await stage.runningTasks('api')).toEqual([]);
    },
    waitMs,
  );

  test(
    'its name leads to the load balancer, on this machine and inside of tasks',
    async () => {
      const { LoadBalancers: found } = await stage.aws(
        ...['elbv2', 'describe-load-balancers', '--load-balancer-arns', stage.balancer.arn],
      );
      const name = found[0].DNSName as string;
      const { code, stdout } = await longshore(['resolve', '--name', name]);
      expect([code, stdout.trim()]).toEqual([0, expect.stringMatching(/^127\.80\./)]);
      const page = await fetch(`http://${stdout.trim()}/nowhere`);
      expect(await page.text()).toBe('nobody');
      const caller = await stage.register('caller', 'caller', {
        begin: `mkdir -p /tmp/w; wget -q -O - http://${name}/nowhere 2> /tmp/w/seen.html || true`,
      });
      const { tasks } = await stage.aws(
        ...['ecs', 'run-task', ...cluster, '--task-definition', caller, '--launch-type', 'FARGATE'],
        ...['--network-configuration', stage.network],
      );
      await stage.aws('ecs', 'wait', 'tasks-running', ...cluster, '--tasks', tasks[0].taskArn);
      const described = await stage.aws('ecs', 'describe-tasks', ...cluster, '--tasks', tasks[0].taskArn);
      const details = described.tasks[0].attachments[0].details as { name: string; value: string }[];
      const address = details.find((detail) => detail.name === 'privateIPv4Address')?.value ?? '';
      const seen = async (): Promise<string> => (await fetch(`http://${address}:8080/seen.html`)).text();
      // The load balancer's own answer, by its name.
      await expect.poll(seen, pollMs).toContain('404');
      await stage.aws('ecs', 'stop-task', ...cluster, '--task', tasks[0].taskArn);
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
          ...['agent', '--endpoint', stage.server.endpoint, '--cluster', 'prod-cluster', '--data-dir', agentDirectory],
          ...['--introspection-port', 'off'],
        ],
        readyLine: 'longshore agent ready',
      });
      try {
        const serve = 'mkdir -p /tmp/w && echo bridge > /tmp/w/index.html; exec httpd -f -p 8080 -h /tmp/w';
        const container = {
          ...{ name: 'web', image, memory: 64, entryPoint: ['sh', '-c'], command: [serve], stopTimeout: 2 },
          portMappings: [{ containerPort: 8080, hostPort: 0 }],
        };
        const definition = { family: 'bridge', networkMode: 'bridge', containerDefinitions: [container] };
        const input = stage.file('bridge.json', definition);
        await stage.aws('ecs', 'register-task-definition', '--cli-input-json', input);
        const made = await stage.aws(
          ...['elbv2', 'create-target-group', '--name', 'bridge-tg', '--protocol', 'TCP', '--port', '8080'],
          ...['--vpc-id', stage.vpc, '--target-type', 'instance', '--health-check-interval-seconds', '5'],
          ...['--health-check-timeout-seconds', '2'],
        );
        const group = made.TargetGroups[0].TargetGroupArn as string;
        const { Subnets: subnets } = await stage.aws('ec2', 'describe-subnets');
        const nlb = await stage.aws(
          ...['elbv2', 'create-load-balancer', '--name', 'nlb', '--type', 'network'],
          ...['--subnets', subnets[0].SubnetId],
        );
        await stage.aws(
          ...['elbv2', 'create-listener', '--load-balancer-arn', nlb.LoadBalancers[0].LoadBalancerArn],
          ...['--protocol', 'TCP', '--port', '90', '--default-actions', `Type=forward,TargetGroupArn=${group}`],
        );
        await stage.aws(
          ...['ecs', 'create-service', ...cluster, '--service-name', 'bridge', '--task-definition', 'bridge'],
          ...['--desired-count', '2', '--launch-type', 'EC2'],
          ...['--load-balancers', `targetGroupArn=${group},containerName=web,containerPort=8080`],
        );
        expect(await stage.stable('bridge')).toMatchObject({ runningCount: 2 });
        const { stdout } = await longshore(['resolve', '--name', nlb.LoadBalancers[0].DNSName as string]);
        const page = await fetch(`http://${stdout.trim()}:90/`);
        expect((await page.text()).trim()).toBe('bridge');
        await stage.aws('ecs', 'delete-service', ...cluster, '--service', 'bridge', '--force');
        await stage.inactive('bridge');
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
      load = new ContinuousLoad(stage.balancer.address, 80);
      await stage.aws('ecs', 'update-service', ...cluster, '--service', 'web', '--force-new-deployment');
      await stage.server.kill();
      const port = stage.server.port;
      stage.server = await startLongshore({ directory: stage.directory, port });
      const again = await stage.stable('web');
      expect(again.deployments).toMatchObject([{ status: 'PRIMARY', rolloutState: 'COMPLETED' }]);
      await load.stop();
      load = undefined;
      expect(await stage.call()).toMatch(/^200 /);
    },
    waitMs,
  );
});
