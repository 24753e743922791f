/**
 * What looking after services costs: one change with 10 services and with 1,000 services of 10,000 tasks, and a rolling update of 100 tasks. Tasks run at once; nothing
 * but the scheduler, the store in memory and the tables is measured. `npx tsx bench/services.ts`
 */
import { silentLog, type Clock, type Ids } from '../src/kernel/index.ts';
import type { RequestContext } from '../src/protocol/api/index.ts';
import { ReconcileLoop } from '../src/reconcile/index.ts';
import { ec2Tables, taskInterfaces, taskVolumes } from '../src/services/ec2/index.ts';
import { clusterKey, clusters } from '../src/services/ecs/records/cluster.ts';
import { containerInstanceKey, containerInstances } from '../src/services/ecs/records/container-instance.ts';
import { servicesAndDeployments } from '../src/services/ecs/handlers/services.ts';
import { services } from '../src/services/ecs/records/service.ts';
import { taskDefinitionKey, taskDefinitions } from '../src/services/ecs/records/task-definition.ts';
import { tasks, type TaskRecord } from '../src/services/ecs/records/task.ts';
import { Ledger } from '../src/services/ecs/scheduler/ledger.ts';
import { serviceController } from '../src/services/ecs/service-scheduler/controller.ts';
import { schedulerSettings } from '../src/services/ecs/service-scheduler/settings.ts';
import { ecsTables } from '../src/services/ecs/tables.ts';
import { MemoryStore, openDatabase } from '../src/store/index.ts';
import { SimClock, SimIds } from '../src/testkit/index.ts';
import { cluster, user } from '../src/testkit/sim-users.ts';

const instanceCount = 200;
const rounds = 200;
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const configuration = { minimumHealthyPercent: 100, maximumPercent: 200, strategy: 'ROLLING' } as const;
const noTargets = {
  targetGroup: () => undefined,
  register: () => undefined,
  deregister: () => undefined,
  health: () => undefined,
  onTargetsChanged: () => () => undefined,
  weights: () => undefined,
  setWeights: () => undefined,
};

const noNamespaces = {
  find: () => undefined,
  ensure: () => ({ arn: '', name: '' }),
  createService: () => '',
  removeService: () => true,
};
const noRegistries = {
  registry: () => undefined,
  register: () => undefined,
  deregister: () => undefined,
  health: () => undefined,
  setHealth: () => undefined,
};

/** CPU time of this process: what else runs on the machine does not count. */
function cpuMs(): number {
  const { user: own, system } = process.cpuUsage();
  return (own + system) / 1_000;
}

async function open() {
  const clock = new SimClock(settle);
  const ids = new SimIds(1);
  const db = await openDatabase(new MemoryStore(), [...ecsTables, ...ec2Tables], { log: silentLog });
  const ledger = new Ledger();
  ledger.follow({ tasks: db.table(tasks), containerInstances: db.table(containerInstances) });
  await prepare(db);
  for (let index = 0; index < instanceCount; index++)
    ledger.setConnected(containerInstanceKey(user, cluster, `i${index}`), true);
  const agents = new InstantAgents(db, clock);
  const loop = startScheduler({ db, clock, ids, ledger });
  const actions = servicesAndDeployments({
    db,
    ids,
    targets: noTargets,
    registrar: noRegistries,
    volumes: taskVolumes({ database: db, clock, ids }),
    namespaces: noNamespaces,
  });
  return { db, clock, ids, loop, agents, actions };
}

type Opened = Awaited<ReturnType<typeof open>>;

function startScheduler(parts: {
  readonly db: Awaited<ReturnType<typeof openDatabase>>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly ledger: Ledger;
}): ReconcileLoop {
  const { db, clock, ids } = parts;
  const deps = {
    ...parts,
    log: silentLog,
    interfaces: taskInterfaces({ database: db, clock, ids }),
    volumes: taskVolumes({ database: db, clock, ids }),
    targets: noTargets,
    registrar: noRegistries,
    connects: { holds: () => false, onReleased: () => () => undefined },
    alarms: { state: () => undefined, onChange: () => () => undefined },
    settings: schedulerSettings,
  };
  const loop = new ReconcileLoop([serviceController(deps)], { clock, ids, log: silentLog });
  loop.start();
  return loop;
}

async function prepare(db: Awaited<ReturnType<typeof openDatabase>>): Promise<void> {
  await db.transact((tx) => {
    tx.put(clusters, clusterKey(user, cluster), {
      ...user,
      name: cluster,
      status: 'ACTIVE',
      createdAtMs: 1,
      settings: [],
      capacityProviders: [],
      defaultCapacityProviderStrategy: [],
      tags: [],
    });
    tx.put(taskDefinitions, taskDefinitionKey(user, 'app', 1), {
      ...user,
      family: 'app',
      revision: 1,
      status: 'ACTIVE',
      definition: { containerDefinitions: [{ name: 'app', image: 'app', cpu: 10, memory: 16, essential: true }] },
      compatibilities: ['EC2'],
      requiresAttributes: [],
      registeredAtMs: 1,
      registeredBy: 'bench',
      tags: [],
    });
  });
  for (let index = 0; index < instanceCount; index++)
    await db.transact((tx) =>
      tx.put(containerInstances, containerInstanceKey(user, cluster, `i${index}`), {
        ...user,
        cluster,
        id: `i${index}`,
        launchType: 'EC2',
        status: 'ACTIVE',
        registered: { cpuUnits: 16_384, memoryMiB: 32_768, tcpPorts: [], udpPorts: [] },
        attributes: [{ name: 'ecs.availability-zone', value: `us-east-1${'abc'[index % 3]}` }],
        registeredAtMs: 1,
        version: 1,
        sequenceFloor: 0,
        tags: [],
      }),
    );
}

/** Agents whose containers start and stop in no time; their own cost is kept apart. */
class InstantAgents {
  transactions = 0;

  constructor(db: Awaited<ReturnType<typeof openDatabase>>, clock: Clock) {
    db.table(tasks).onChange(({ key, after }) => {
      if (after === undefined || after.lastStatus === 'STOPPED') return;
      const next: TaskRecord['lastStatus'] | undefined =
        after.desiredStatus === 'STOPPED' ? 'STOPPED' : after.lastStatus === 'PENDING' ? 'RUNNING' : undefined;
      if (next === undefined) return;
      this.transactions += 1;
      void db.transact((tx) => {
        const row = tx.get(tasks, key);
        if (row === undefined || row.lastStatus === 'STOPPED') return;
        const at = next === 'RUNNING' ? { startedAtMs: clock.nowMs() } : { stoppedAtMs: clock.nowMs() };
        tx.put(tasks, key, { ...row, ...at, lastStatus: next, version: row.version + 1 });
      });
    });
  }
}

function context({ clock, ids }: Opened): RequestContext {
  const arn = `arn:aws:iam::${user.account}:root`;
  return {
    caller: { account: user.account, accessKeyId: 'bench', arn },
    ...user,
    requestId: ids.uuid(),
    sourceIp: '127.0.0.1',
    userAgent: 'bench',
    endpoint: 'http://127.0.0.1:4566',
    receivedMs: clock.nowMs(),
    authorize() {},
  };
}

async function create(opened: Opened, count: number, desiredCount: number): Promise<void> {
  for (let index = 0; index < count; index++)
    await opened.actions.CreateService(
      {
        cluster,
        serviceName: `s${index}`,
        taskDefinition: 'app:1',
        desiredCount,
        launchType: 'EC2',
        deploymentConfiguration: configuration,
      },
      context(opened),
    );
  await quiet(opened);
}

/** Lets time pass until every service is steady. */
async function quiet({ db, clock }: Opened): Promise<void> {
  const table = db.table(services);
  const keys = [...table.keys('cluster', `${user.account}/${user.region}/${cluster}`)];
  for (let passed = 0; passed < 600_000; passed += 1_000) {
    await clock.advance(1_000);
    if (keys.every((key) => table.get(key)?.row.steady === true)) return;
  }
  throw new Error('the services did not become steady within ten simulated minutes');
}

/** One task of one service ends and is replaced, again and again. @returns CPU milliseconds a replacement, the agents' part included */
async function changes(serviceCount: number): Promise<number> {
  const opened = await open();
  await create(opened, serviceCount, 10);
  const { db, clock } = opened;
  const startedMs = cpuMs();
  for (let round = 0; round < rounds; round++) {
    const [key] = db.table(tasks).keys('serviceOpen', `${user.account}/${user.region}/${cluster}/s${round % 10}`);
    if (key === undefined) throw new Error('a service has no task');
    await db.transact((tx) => {
      const row = tx.get(tasks, key);
      if (row !== undefined)
        tx.put(tasks, key, {
          ...row,
          desiredStatus: 'STOPPED',
          lastStatus: 'STOPPED',
          stopCode: 'UserInitiated',
          stoppedAtMs: clock.nowMs(),
          version: row.version + 1,
        });
    });
    await clock.advance(schedulerSettings.healthyAfterMs + 1);
  }
  const spent = (cpuMs() - startedMs) / rounds;
  opened.loop.stop();
  return spent;
}

async function rollingUpdate(): Promise<void> {
  const opened = await open();
  await create(opened, 1, 100);
  const { clock } = opened;
  const startedMs = cpuMs();
  const fromMs = clock.nowMs();
  await opened.actions.UpdateService({ cluster, service: 's0', forceNewDeployment: true }, context(opened));
  await quiet(opened);
  opened.loop.stop();
  console.log(
    `rolling update of 100 tasks: ${((clock.nowMs() - fromMs) / 1_000).toFixed(1)} simulated s, ${Math.round(cpuMs() - startedMs)} ms CPU`,
  );
}

await changes(10); // warms the code up
const few = await changes(10);
const many = await changes(1_000);
console.log(`a task ends and is replaced, of 10 services with 100 tasks:        ${few.toFixed(2)} ms CPU`);
console.log(
  `a task ends and is replaced, of 1,000 services with 10,000 tasks: ${many.toFixed(2)} ms CPU, ${(many / few).toFixed(2)} times that`,
);
await rollingUpdate();
