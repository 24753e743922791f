import { ApiError } from '../../../protocol/api/index.ts';
import type { RequestContext } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ecs.ts';
import { silentLog } from '../../../kernel/index.ts';
import { MemoryStore, openDatabase } from '../../../store/index.ts';
import type { OpenDatabase } from '../../../store/index.ts';
import type { ClusterCount } from '../clusters/counts.ts';
import { SimIds } from '../../../testkit/index.ts';
import { servicesAndDeployments } from '../handlers/services.ts';
import { FakeNamespaces } from './fake-namespaces.ts';
import { FakeRegistrar } from './fake-registrar.ts';
import { FakeTargets } from './fake-targets.ts';
import { FakeVolumes } from './fake-volumes.ts';
import { clustersAndDefinitions } from '../handlers/clusters-and-definitions.ts';
import { ecsTables } from '../tables.ts';
import type { TaskRecord } from '../records/task.ts';

type Handled = keyof ReturnType<typeof clustersAndDefinitions> | keyof ReturnType<typeof servicesAndDeployments>;

export const account = '123456789012';
export const region = 'us-east-1';
export const scope = { account, region };
export const root = `arn:aws:iam::${account}:root`;

export const nothing: ClusterCount = {
  containerInstances: 0,
  runningTasks: 0,
  pendingTasks: 0,
  liveTasks: 0,
  activeServices: 0,
  statistics: [],
};

export interface OpenedEcs {
  readonly db: OpenDatabase;
  readonly targets: FakeTargets;
  readonly registrar: FakeRegistrar;
  readonly volumes: FakeVolumes;
  readonly namespaces: FakeNamespaces;
  /** What the cluster of every name has in it; tests set it. */
  readonly count: { now: ClusterCount };
  nowMs: number;
  /** Calls an action; `as` changes who calls. */
  call<Name extends Handled>(
    name: Name,
    input: Operations[Name]['input'],
    as?: Partial<Pick<RequestContext, 'account' | 'region'>> & { readonly arn?: string },
  ): Promise<Operations[Name]['output']>;
}

/** The actions over a store in memory; for tests only. */
export async function openEcs(store: MemoryStore = new MemoryStore()): Promise<OpenedEcs> {
  const specs = [...ecsTables];
  const db = await openDatabase(store, specs, { log: silentLog, freezeRows: true });
  const count = { now: nothing };
  const targets = new FakeTargets();
  const registrar = new FakeRegistrar();
  const volumes = new FakeVolumes();
  const namespaces = new FakeNamespaces(registrar);
  const handlers = {
    ...clustersAndDefinitions({
      db,
      counts: { of: () => count.now },
      namespaces,
      expressionProblem: (expression) => (expression.includes('!!') ? 'unexpected !!' : undefined),
    }),
    ...servicesAndDeployments({ db, ids: new SimIds(7), targets, registrar, namespaces, volumes }),
  };
  const opened: OpenedEcs = {
    db,
    targets,
    registrar,
    volumes,
    namespaces,
    count,
    nowMs: 1_700_000_000_000,
    async call(name, input, as = {}) {
      const handler = handlers[name] as (input: unknown, context: RequestContext) => unknown;
      const caller = { account: as.account ?? account, accessKeyId: 'test', arn: as.arn ?? root };
      const context: RequestContext = {
        caller,
        account: caller.account,
        region: as.region ?? region,
        requestId: 'r',
        sourceIp: '127.0.0.1',
        userAgent: 'test',
        endpoint: 'http://127.0.0.1:4566',
        receivedMs: opened.nowMs,
        authorize() {},
      };
      return (await handler(input, context)) as never;
    },
  };
  return opened;
}

/** A RUNNING task of `web:1` in cluster `web`. */
export function aTask(patch: Partial<TaskRecord> = {}): TaskRecord {
  return {
    ...scope,
    cluster: 'web',
    id: '0123456789abcdef0123456789abcdef',
    family: 'web',
    revision: 1,
    launchType: 'FARGATE',
    desiredStatus: 'RUNNING',
    lastStatus: 'RUNNING',
    resources: { cpuUnits: 0, memoryMiB: 0, tcpPorts: [], udpPorts: [] },
    containers: [],
    overrides: {},
    enableExecuteCommand: false,
    tags: [],
    version: 1,
    createdAtMs: 1,
    ...patch,
  };
}

/** `Code: message` of what a call answers with, or `ok`. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}
