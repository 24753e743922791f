import { silentLog } from '../../../../kernel/index.ts';
import type { RequestContext } from '../../../../protocol/api/index.ts';
import type { DeploymentConfiguration, Operations } from '../../../../protocol/generated/ecs.ts';
import { ReconcileLoop } from '../../../../reconcile/index.ts';
import { defined, fargate, inSubnet, openTasks } from '../../contract/opened-tasks.ts';
import { account, region, root, scope } from '../../contract/opened-ecs.ts';
import { servicesAndDeployments } from '../../handlers/services.ts';
import type { LifecycleHookAnswer, LifecycleHookPayload } from '../../ports.ts';
import { serviceDeployments } from '../../records/service-deployment.ts';
import { serviceKey, services, type ServiceRecord } from '../../records/service.ts';
import { taskKey, tasks, type TaskRecord } from '../../records/task.ts';
import { deactivationController } from '../../tasks/deactivation-controller.ts';
import { serviceController } from '../controller.ts';
import { hookController } from '../hook-controller.ts';
import { schedulerSettings } from '../settings.ts';

export const rules = { production: 'rule/production', test: 'rule/test' } as const;
const roleArn = 'arn:aws:iam::123456789012:role/ecs';

export type OpenedShifting = Awaited<ReturnType<typeof openShifting>>;
type Handlers = ReturnType<typeof servicesAndDeployments>;

/** Services by their real actions and controllers on a store in memory; what agents, load balancers, alarms and hooks do is the test's. */
export async function openShifting() {
  const ecs = await openTasks();
  await ecs.call('CreateCluster', { clusterName: 'web', capacityProviders: ['FARGATE'] });
  const containerDefinitions = [{ name: 'app', image: 'busybox', portMappings: [{ containerPort: 80 }] }];
  for (let revision = 0; revision < 3; revision++) await defined(ecs, 'app', { ...fargate, containerDefinitions });
  const groups = { one: ecs.targets.addGroup('one', 'ip'), two: ecs.targets.addGroup('two', 'ip') };
  const both = [
    { targetGroupArn: groups.one, weight: 100 },
    { targetGroupArn: groups.two, weight: 0 },
  ];
  for (const rule of Object.values(rules)) ecs.targets.rules.set(rule, both);
  const alarming = new Set<string>();
  const listeners = new Set<(scope: ServiceRecord, name: string) => void>();
  const alarms = {
    state: (_scope: unknown, name: string) => (alarming.has(name) ? ('ALARM' as const) : ('OK' as const)),
    onChange: (listener: (scope: never, name: string) => void) => {
      listeners.add(listener as never);
      return () => void listeners.delete(listener as never);
    },
  };
  const calls: { readonly target: string; readonly payload: LifecycleHookPayload }[] = [];
  const answers: (LifecycleHookAnswer | Error)[] = [];
  const hooks = {
    async call(target: string, payload: LifecycleHookPayload): Promise<LifecycleHookAnswer> {
      calls.push({ target, payload });
      const answer = answers.shift() ?? { hookStatus: 'SUCCEEDED' as const };
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const start = (): ReconcileLoop => {
    const deps = { ...ecs.deps, alarms, settings: schedulerSettings };
    const controllers = [
      serviceController(deps),
      deactivationController(ecs.deps),
      hookController({ db: ecs.db, clock: ecs.clock, log: silentLog, hooks }),
    ];
    const loop = new ReconcileLoop(controllers, { clock: ecs.clock, ids: ecs.ids, log: silentLog });
    loop.start();
    return loop;
  };
  let loop = start();
  const { db, ids, targets, registrar, namespaces } = ecs;
  const handlers = servicesAndDeployments({
    db,
    ids,
    targets,
    registrar,
    namespaces,
    volumes: ecs.deps.volumes,
  });
  const api = async <Name extends keyof Handlers & keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
  ): Promise<Operations[Name]['output']> => {
    const context: RequestContext = {
      caller: { account, accessKeyId: 'test', arn: root },
      account,
      region,
      requestId: 'r',
      sourceIp: '127.0.0.1',
      userAgent: 'test',
      endpoint: 'http://127.0.0.1:4566',
      receivedMs: ecs.clock.nowMs(),
      authorize() {},
    };
    return (await (handlers[name] as (input: unknown, context: RequestContext) => unknown)(input, context)) as never;
  };
  const live = (): readonly TaskRecord[] =>
    [...ecs.db.table(tasks).keys('serviceOpen', `${scope.account}/${scope.region}/web/shop`)].flatMap((key) => {
      const row = ecs.db.get(tasks, key)?.row;
      return row === undefined || row.lastStatus === 'STOPPED' ? [] : [row];
    });
  const report = (task: TaskRecord, status: string) =>
    ecs.call('SubmitTaskStateChange', {
      cluster: 'web',
      task: `arn:aws:ecs:${region}:${account}:task/web/${task.id}`,
      status,
      containers: [{ containerName: 'app', status, ...(status === 'STOPPED' ? { exitCode: 1 } : {}) }],
    });
  const service = (): ServiceRecord => {
    const row = ecs.db.get(services, serviceKey(scope, 'web', 'shop'))?.row;
    if (row === undefined) throw new Error('there is no service');
    return row;
  };
  return {
    ...ecs,
    api,
    groups,
    calls,
    answers,
    live,
    report,
    service,
    restart: () => {
      loop.stop();
      loop = start();
    },
    setAlarm: (name: string) => {
      alarming.add(name);
      for (const listener of listeners) listener(service(), name);
    },
    /** Every service deployment, oldest first. */
    rollouts: () =>
      [...ecs.db.table(serviceDeployments).keys('service', `${account}/${region}/web/shop/${service().incarnation}`)]
        .flatMap((key) => ecs.db.get(serviceDeployments, key)?.row ?? [])
        .toSorted((left, right) => left.createdAtMs - right.createdAtMs),
    create: (configuration: DeploymentConfiguration, patch: Partial<Operations['CreateService']['input']> = {}) =>
      api('CreateService', {
        cluster: 'web',
        serviceName: 'shop',
        taskDefinition: 'app:1',
        desiredCount: 2,
        launchType: 'FARGATE',
        networkConfiguration: inSubnet,
        availabilityZoneRebalancing: 'DISABLED',
        deploymentConfiguration: configuration,
        loadBalancers: [
          {
            targetGroupArn: groups.one,
            containerName: 'app',
            containerPort: 80,
            advancedConfiguration: {
              alternateTargetGroupArn: groups.two,
              productionListenerRule: rules.production,
              testListenerRule: rules.test,
              roleArn,
            },
          },
        ],
        ...patch,
      }),
    update: (patch: Partial<Operations['UpdateService']['input']>) =>
      api('UpdateService', { cluster: 'web', service: 'shop', ...patch }),
    /** Percent of a rule's traffic that goes to the groups in turn. */
    shares: (rule: keyof typeof rules): readonly number[] => {
      const weights = ecs.targets.weights(scope, rules[rule]) ?? [];
      return [groups.one, groups.two].map((arn) => weights.find((one) => one.targetGroupArn === arn)?.weight ?? 0);
    },
    /** Tasks that are to run, by the revision of their definition. */
    counts: (): Readonly<Record<number, number>> => {
      const counts: Record<number, number> = {};
      for (const { revision, desiredStatus } of live())
        if (desiredStatus === 'RUNNING') counts[revision] = (counts[revision] ?? 0) + 1;
      return counts;
    },
    /** What agents and data plane do now: what is to run runs, targets are healthy unless told otherwise, what drains has drained, what is to stop stops. */
    work: async (isSick: (task: TaskRecord) => boolean = () => false, fails = isSick) => {
      await ecs.settle();
      for (const task of live()) {
        if (task.desiredStatus === 'STOPPED') {
          for (const { targetGroupArn, id, port } of task.targets ?? [])
            ecs.targets.set(targetGroupArn, { id, port }, undefined);
          if (task.lastStatus !== 'DEACTIVATING') await report(task, 'STOPPED');
        } else if (task.lastStatus !== 'RUNNING') {
          const key = taskKey(task, 'web', task.id);
          await ecs.db.transact((tx) => tx.put(tasks, key, { ...task, instanceKey: '/ecs/instance/pool/1' }));
          await report(task, fails(task) ? 'STOPPED' : 'RUNNING');
        } else
          for (const { targetGroupArn, id, port } of task.targets ?? [])
            ecs.targets.set(targetGroupArn, { id, port }, { state: isSick(task) ? 'initial' : 'healthy' });
      }
      await ecs.settle();
    },
  };
}

/** Works until nothing changes any more, without time passing. */
export async function worked(
  ecs: OpenedShifting,
  isSick?: (task: TaskRecord) => boolean,
  fails?: (task: TaskRecord) => boolean,
): Promise<void> {
  for (let round = 0; round < 12; round++) await ecs.work(isSick, fails);
}
