import { InvalidArgument, silentLog, Unavailable } from '../../../kernel/index.ts';
import { ApiError, type RequestContext } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/rds.ts';
import { MemoryStore, openDatabase } from '../../../store/index.ts';
import { SimClock, SimIds } from '../../../testkit/index.ts';
import {
  rdsService,
  rdsTables,
  type DatabaseTask,
  type DatabaseTaskView,
  type PostgresImage,
  type RdsDeps,
} from '../index.ts';

export const account = '123456789012';
export const scope = { account, region: 'us-east-1' };
const subnets = [
  { id: 'subnet-a', vpcId: 'vpc-1', availabilityZone: 'us-east-1a' },
  { id: 'subnet-b', vpcId: 'vpc-1', availabilityZone: 'us-east-1b' },
  { id: 'subnet-c', vpcId: 'vpc-1', availabilityZone: 'us-east-1b' },
  { id: 'subnet-x', vpcId: 'vpc-2', availabilityZone: 'us-east-1a' },
  { id: 'subnet-y', vpcId: 'vpc-2', availabilityZone: 'us-east-1b' },
];

/** Tasks that do what the test says. */
export class FakeTasks {
  readonly started: DatabaseTask[] = [];
  readonly stopped: string[] = [];
  readonly forgotten: string[] = [];
  readonly #views = new Map<string, DatabaseTaskView>();
  readonly #listeners = new Set<(family: string) => void>();

  start(_tx: unknown, task: DatabaseTask): string {
    this.started.push(task);
    const key = `task-${this.started.length}`;
    this.#views.set(key, { status: 'starting' });
    return key;
  }

  stop(_tx: unknown, key: string, reason: string): void {
    this.stopped.push(`${key}: ${reason}`);
    this.#views.set(key, { status: 'stopping' });
  }

  get(key: string): DatabaseTaskView | undefined {
    return this.#views.get(key);
  }

  forget(_tx: unknown, { family }: { readonly family: string }): void {
    this.forgotten.push(family);
  }

  onChange(listener: (family: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** What becomes of the task started last. */
  become(view: DatabaseTaskView): void {
    this.#views.set(`task-${this.started.length}`, view);
    for (const listener of this.#listeners) listener(this.started.at(-1)?.family ?? '');
  }
}

const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** RDS over a store in memory, with fakes for all that it needs. */
export async function openRds(images: readonly PostgresImage[] = [{ reference: 'postgres:15', version: '15.18' }]) {
  const clock = new SimClock(async () => {
    for (let turn = 0; turn < 20; turn++) await settle();
  });
  const db = await openDatabase(new MemoryStore(), rdsTables, { log: silentLog, freezeRows: true });
  const tasks = new FakeTasks();
  const directories = new Map<string, { said: string; ready?: { boot: number; passwordVersion: number } }>();
  const interfaces = new Map<string, readonly string[]>();
  const secrets = new Map<string, string>();
  const deps: RdsDeps = {
    db,
    clock,
    ids: new SimIds(1),
    log: silentLog,
    tasks,
    network: {
      subnet: (_scope, id) => subnets.find((subnet) => subnet.id === id),
      defaultSubnets: (of) => (of.account === account ? subnets.slice(0, 3) : []),
      securityGroupVpc: (_scope, id) => ({ 'sg-1': 'vpc-1', 'sg-2': 'vpc-1', 'sg-x': 'vpc-2' })[id],
      defaultSecurityGroup: (_scope, vpcId) => `default of ${vpcId}`,
      createInterface(_tx, { subnets: allowed, zones, securityGroups, description }) {
        if (description !== 'RDSNetworkInterface') throw new InvalidArgument(description);
        const [chosen] = subnets.filter(
          ({ id, availabilityZone }) => allowed.includes(id) && zones?.includes(availabilityZone) !== false,
        );
        if (chosen === undefined) throw new Unavailable('no subnet is in the zone');
        const networkInterfaceId = `eni-${interfaces.size + 1}`;
        interfaces.set(networkInterfaceId, securityGroups);
        return {
          networkInterfaceId,
          macAddress: '02:00:00:00:00:01',
          privateIpv4Address: '172.31.0.9',
          privateDnsName: 'ip-172-31-0-9.ec2.internal',
          subnetId: chosen.id,
          prefixLength: 20,
          gateway: '172.31.0.1',
          vpcId: chosen.vpcId,
          vpcPrefixes: ['172.31.0.0/16'],
          availabilityZone: chosen.availabilityZone,
        };
      },
      setSecurityGroups: (_tx, _scope, id, groups) => void interfaces.set(id, groups),
      removeInterface: (_tx, _scope, id) => void interfaces.delete(id),
    },
    directories: {
      path: (owner, id) => `/data/${owner}/${id}`,
      make: (_owner, id) => Promise.resolve(void directories.set(id, { said: '' })),
      sayPassword(_owner, id, { verifier, version }) {
        const own = directories.get(id);
        if (own !== undefined) own.said = `${version} ${verifier}`;
        return Promise.resolve();
      },
      ready: (_owner, id) => Promise.resolve(directories.get(id)?.ready),
      remove: (_owner, id) => Promise.resolve(void directories.delete(id)),
    },
    images: () => Promise.resolve(images),
    verifier: (password) => `verifier of ${password}`,
    secrets: {
      create(_tx, _scope, { name, value }) {
        secrets.set(name, value);
        return `arn:aws:secretsmanager:us-east-1:${account}:secret:${name}-abcdef`;
      },
      change: (_tx, _scope, name, value) => void secrets.set(name, value),
      remove: (_tx, _scope, name) => void secrets.delete(name),
    },
  };
  const service = rdsService(deps);
  service.start();
  const call = async <Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
    as: object = {},
  ): Promise<Operations[Name]['output']> => {
    const handler = service.definition.handlers[name] as (given: unknown, context: RequestContext) => unknown;
    const output = (await handler(input, { ...scope, ...as } as RequestContext)) as never;
    await clock.advance(0);
    return output;
  };
  const create = (more: Partial<Operations['CreateDBInstance']['input']> = {}) =>
    call('CreateDBInstance', {
      DBInstanceIdentifier: 'shop',
      DBInstanceClass: 'db.t3.micro',
      Engine: 'postgres',
      AllocatedStorage: 20,
      MasterUsername: 'shop',
      ...(more.ManageMasterUserPassword === true ? {} : { MasterUserPassword: 'secret-123' }),
      ...more,
    });
  const described = async () => (await call('DescribeDBInstances', {})).DBInstances?.[0];
  const status = async () => (await described())?.DBInstanceStatus;
  /** The container runs and has done what it was told. */
  const comeUp = async (): Promise<void> => {
    tasks.become({ status: 'running' });
    for (const own of directories.values())
      own.ready = { boot: tasks.started.length, passwordVersion: Number(own.said.split(' ')[0]) };
    await clock.advance(1_000);
  };
  const end = async (reason = 'Essential container in task exited'): Promise<void> => {
    tasks.become({ status: 'stopped', reason });
    await clock.advance(0);
  };
  return {
    db,
    clock,
    deps,
    service,
    call,
    create,
    described,
    status,
    comeUp,
    end,
    tasks,
    directories,
    interfaces,
    secrets,
  };
}

export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}
