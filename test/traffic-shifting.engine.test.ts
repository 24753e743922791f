import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ContinuousLoad, type LoadResult } from './continuous-load.ts';
import { hasAws } from './has-aws.ts';
import { HookServer } from './hook-server.ts';
import { cluster, inCluster, messages, pollMs, ServiceStage, waitMs } from './service-stage.ts';

/** Deployments that shift traffic, and task sets, with the unmodified AWS CLI, real containers and clients that never stop calling. */
const testPort = 9_000;
const roleArn = 'arn:aws:iam::123456789012:role/ecsInfrastructureRole';
const drainSeconds = 5;
/** Each look is a process; a canary bakes for a minute. */
const lookMs = { timeout: 180_000, interval: 500 };

describe.skipIf(!hasAws)('traffic that shifts between containers (needs aws on the PATH)', () => {
  const hooks = new HookServer();
  let stage: ServiceStage;
  let load: ContinuousLoad | undefined;
  let loadBalancers = '';

  beforeAll(async () => {
    stage = await ServiceStage.open(['--lambda-endpoint', await hooks.listen()]);
    const group = await stage.targetGroup('one-tg', drainSeconds);
    const alternate = await stage.targetGroup('two-tg', drainSeconds);
    const testListener = await stage.listen(testPort);
    loadBalancers = stage.file('load-balancers.json', [
      {
        targetGroupArn: group,
        containerName: 'web',
        containerPort: 8080,
        advancedConfiguration: {
          alternateTargetGroupArn: alternate,
          productionListenerRule: await stage.rule(stage.listener, 10, '/', group),
          testListenerRule: await stage.rule(testListener, 10, '/', group),
          roleArn,
        },
      },
    ]);
    // The second group is behind the load balancer by a rule of its own before a deployment adds it to the others.
    await stage.rule(stage.listener, 20, '/alternate', alternate);
  }, waitMs);
  afterEach(async () => {
    await load?.stop();
    load = undefined;
  });
  afterAll(async () => {
    await stage.close();
    await hooks.close();
  }, waitMs);

  function configuration(content: object): string {
    return stage.file('deployment.json', content);
  }

  function hookAt(stages: readonly string[], name: string): object {
    const hookTargetArn = `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
    return { hookTargetArn, roleArn, lifecycleStages: stages };
  }

  /** Makes a function that agrees, and notes of each call the share that the new revision has of the traffic it is told of. */
  function noting(name: string): string[] {
    const seen: string[] = [];
    hooks.functions.set(name, async ({ lifecycleStage, executionDetails: details }) => {
      const weights = { ...details.testTrafficWeights, ...details.productionTrafficWeights };
      seen.push(`${lifecycleStage} ${weights[details.targetServiceRevisionArn]}`);
      return { hookStatus: 'SUCCEEDED' };
    });
    return seen;
  }

  /** The service deployment that began last. */
  async function newest(): Promise<any> {
    const { serviceDeployments = [] } = await stage.ecs.listServiceDeployments({ ...inCluster, service: 'shop' });
    return serviceDeployments[0];
  }

  const status = async (): Promise<string> => (await newest()).status;

  /** Tasks that run, and the rollouts there are. */
  async function settled(): Promise<readonly [number, readonly string[]]> {
    const { runningCount, deployments } = await stage.describeService('shop');
    const states = deployments as { status: string; rolloutState: string }[];
    return [runningCount, states.map(({ status, rolloutState }) => `${status} ${rolloutState}`)];
  }

  /** Ships a body while clients call. */
  async function ship(body: string, content: object): Promise<void> {
    const definition = await stage.register('shop', body);
    load = new ContinuousLoad(stage.balancer.address, 80);
    await stage.aws(
      ...['ecs', 'update-service', ...cluster, '--service', 'shop', '--task-definition', definition],
      ...['--deployment-configuration', configuration(content)],
    );
  }

  async function stopped(): Promise<LoadResult> {
    if (load === undefined) throw new Error('there is no load');
    const calls = await load.stop();
    load = undefined;
    expect(calls.failed).toEqual({});
    expect(calls.succeeded).toBeGreaterThan(500);
    return calls;
  }

  const bodiesOf = (calls: LoadResult): string[] => [...calls.bodies.keys()].map((body) => body.trim()).toSorted();

  test(
    'a first deployment takes all traffic at once',
    async () => {
      await stage.aws(
        ...['ecs', 'create-service', ...cluster, '--service-name', 'shop', '--desired-count', '2'],
        ...['--task-definition', await stage.register('shop', 'blue'), '--launch-type', 'FARGATE'],
        ...['--network-configuration', stage.network, '--load-balancers', loadBalancers],
        ...['--deployment-configuration', configuration({ strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0 })],
      );
      await expect.poll(status, lookMs).toBe('SUCCESSFUL');
      expect([await stage.call(), await stage.call('/', testPort)]).toEqual(['200 blue', '200 blue']);
    },
    waitMs,
  );

  test(
    'BLUE_GREEN: a hook sees green by the test listener while clients see blue; when it agrees, all go to green',
    async () => {
      const before = await stage.call();
      const seen: string[] = [];
      hooks.functions.set('check', async ({ lifecycleStage }) => {
        const production = load?.seen.join() ?? '';
        seen.push(`${lifecycleStage} production ${production} test ${await stage.call('/', testPort)}`);
        return seen.length === 1 ? { hookStatus: 'IN_PROGRESS', callBackDelay: 3 } : { hookStatus: 'SUCCEEDED' };
      });
      await ship('green', {
        strategy: 'BLUE_GREEN',
        bakeTimeInMinutes: 0,
        lifecycleHooks: [hookAt(['POST_TEST_TRAFFIC_SHIFT'], 'check')],
      });
      await expect.poll(status, lookMs).toBe('SUCCESSFUL');
      const line = 'POST_TEST_TRAFFIC_SHIFT production blue test 200 green';
      expect([before, seen]).toEqual(['200 blue', [line, line]]);
      expect(bodiesOf(await stopped())).toEqual(['blue', 'green']);
      expect([await stage.call(), await stage.call('/', testPort)]).toEqual(['200 green', '200 green']);
      await expect.poll(settled, lookMs).toEqual([2, ['PRIMARY COMPLETED']]);
      expect((await stage.describeService('shop')).taskDefinition).toMatch(/shop:2$/);
    },
    waitMs,
  );

  test(
    'BLUE_GREEN: a hook that fails after the test traffic has shifted takes it back, and no client saw green',
    async () => {
      const before = await stage.call();
      hooks.functions.set('refuse', async () => ({ hookStatus: 'FAILED' }));
      const noted = noting('note');
      await ship('bad', {
        strategy: 'BLUE_GREEN',
        bakeTimeInMinutes: 0,
        lifecycleHooks: [
          hookAt(['TEST_TRAFFIC_SHIFT', 'PRODUCTION_TRAFFIC_SHIFT'], 'note'),
          hookAt(['POST_TEST_TRAFFIC_SHIFT'], 'refuse'),
        ],
      });
      await expect.poll(status, lookMs).toBe('ROLLBACK_SUCCESSFUL');
      expect((await newest()).statusReason).toBe(
        'Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. Lifecycle hook target arn:aws:lambda:us-east-1:123456789012:function:refuse returned FAILED status.',
      );
      // Once more in the rollback, which shifts it back.
      expect(noted).toEqual(['TEST_TRAFFIC_SHIFT 100', 'TEST_TRAFFIC_SHIFT 0']);
      expect([bodiesOf(await stopped()).map((body) => `200 ${body}`), await stage.call('/', testPort)]).toEqual([
        [before],
        before,
      ]);
      expect(messages(await stage.describeService('shop')).join('\n')).toContain('rolling back to deployment');
    },
    waitMs,
  );

  const canary = {
    strategy: 'CANARY',
    bakeTimeInMinutes: 0,
    lifecycleHooks: [hookAt(['PRODUCTION_TRAFFIC_SHIFT'], 'note')],
    canaryConfiguration: { canaryPercent: 20, canaryBakeTimeInMinutes: 1 },
  };

  test(
    'CANARY: a fifth of the calls sees green for a minute, then all do',
    async () => {
      const noted = noting('note');
      await ship('canary', canary);
      await expect.poll(() => load?.seen, pollMs).toContain('canary');
      const { serviceDeployments } = await stage.aws(
        ...['ecs', 'describe-service-deployments', '--service-deployment-arns'],
        (await newest()).serviceDeploymentArn,
      );
      expect(serviceDeployments[0].lifecycleStage).toBe('PRODUCTION_TRAFFIC_SHIFT');
      const during = new ContinuousLoad(stage.balancer.address, 80);
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      const { bodies, failed } = await during.stop();
      const share = (bodies.get('canary\n') ?? 0) / [...bodies.values()].reduce((sum, count) => sum + count, 0);
      expect(failed).toEqual({});
      expect(share).toBeGreaterThan(0.1);
      expect(share).toBeLessThan(0.3);
      await expect.poll(status, lookMs).toBe('SUCCESSFUL');
      await stopped();
      const after = new ContinuousLoad(stage.balancer.address, 80);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(bodiesOf(await after.stop())).toEqual(['canary']);
      expect(noted).toEqual(['PRODUCTION_TRAFFIC_SHIFT 20', 'PRODUCTION_TRAFFIC_SHIFT 100']);
    },
    waitMs,
  );

  test(
    'CANARY: StopServiceDeployment in the middle of it takes all traffic back',
    async () => {
      const before = await stage.call();
      const noted = noting('note');
      await ship('unwanted', canary);
      await expect.poll(() => load?.seen, pollMs).toContain('unwanted');
      const { serviceDeploymentArn } = await newest();
      await stage.aws('ecs', 'stop-service-deployment', '--service-deployment-arn', serviceDeploymentArn);
      await expect.poll(status, lookMs).toBe('ROLLBACK_SUCCESSFUL');
      await stopped();
      expect(await stage.call()).toBe(before);
      expect(noted).toEqual(['PRODUCTION_TRAFFIC_SHIFT 20', 'PRODUCTION_TRAFFIC_SHIFT 0']);
      await expect.poll(settled, lookMs).toEqual([2, ['PRIMARY COMPLETED']]);
    },
    waitMs,
  );

  test(
    'EXTERNAL: task sets are made, scaled, made primary and deleted while clients call',
    async () => {
      const old = await stage.targetGroup('old-tg', drainSeconds);
      const next = await stage.targetGroup('next-tg', drainSeconds);
      const rule = await stage.rule(stage.listener, 30, '/api/', old);
      await stage.rule(stage.listener, 40, '/next', next);
      await stage.aws(
        ...['ecs', 'create-service', ...cluster, '--service-name', 'outside', '--desired-count', '2'],
        ...['--deployment-controller', 'type=EXTERNAL'],
      );
      const first = await taskSet('first', old, 100);
      await stage.aws(
        ...['ecs', 'update-service-primary-task-set', ...cluster, '--service', 'outside'],
        ...['--primary-task-set', first],
      );
      expect(await stage.call('/api/')).toBe('200 first');
      load = new ContinuousLoad(stage.balancer.address, 80, '/api/');
      const second = await taskSet('second', next, 50);
      expect((await setOf(second)).computedDesiredCount).toBe(1);
      await stage.aws(
        ...['ecs', 'update-task-set', ...cluster, '--service', 'outside', '--task-set', second],
        ...['--scale', 'value=100,unit=PERCENT'],
      );
      await steady(second, 2);
      await stage.aws(
        ...['elbv2', 'modify-rule', '--rule-arn', rule, '--actions', `Type=forward,TargetGroupArn=${next}`],
      );
      await stage.aws(
        ...['ecs', 'update-service-primary-task-set', ...cluster, '--service', 'outside'],
        ...['--primary-task-set', second],
      );
      expect([(await setOf(first)).status, (await setOf(second)).status]).toEqual(['ACTIVE', 'PRIMARY']);
      await stage.aws(
        ...['ecs', 'delete-task-set', ...cluster, '--service', 'outside', '--task-set', first, '--force'],
      );
      await expect.poll(async () => (await stage.describeService('outside')).taskSets.length, lookMs).toBe(1);
      expect(await stage.runningTasks('outside')).toHaveLength(2);
      expect(bodiesOf(await stopped())).toEqual(['first', 'second']);
      expect(await stage.call('/api/')).toBe('200 second');
      await stage.aws('ecs', 'delete-service', ...cluster, '--service', 'outside', '--force');
      await expect.poll(async () => (await stage.describeService('outside')).status, lookMs).toBe('INACTIVE');
    },
    waitMs,
  );

  /** Makes a task set of tasks that say `body`, and waits until it is steady. @returns its id */
  async function taskSet(body: string, group: string, percent: number): Promise<string> {
    const made = await stage.aws(
      ...['ecs', 'create-task-set', ...cluster, '--service', 'outside', '--launch-type', 'FARGATE'],
      ...['--task-definition', await stage.register('outside', body), '--network-configuration', stage.network],
      ...['--load-balancers', `targetGroupArn=${group},containerName=web,containerPort=8080`],
      ...['--scale', `value=${percent},unit=PERCENT`],
    );
    const id = made.taskSet.id as string;
    await steady(id, (2 * percent) / 100);
    return id;
  }

  async function setOf(id: string): Promise<any> {
    const { taskSets = [] } = await stage.ecs.describeTaskSets({ ...inCluster, service: 'outside', taskSets: [id] });
    return taskSets[0];
  }

  async function steady(id: string, running: number): Promise<void> {
    await expect
      .poll(async () => {
        const { stabilityStatus, runningCount } = await setOf(id);
        return [stabilityStatus, runningCount];
      }, lookMs)
      .toEqual(['STEADY_STATE', running]);
  }
});
