import { destinationText } from '../../../agent-protocol/index.ts';
import { silentLog, InvalidArgument } from '../../../kernel/index.ts';
import type { Cancel } from '../../../kernel/index.ts';
import type { AccessQuestion, RequestContext, Socket, SocketListener } from '../../../protocol/api/index.ts';
import type { Operations, RegisterTaskDefinitionRequest } from '../../../protocol/generated/ecs.ts';
import { ReconcileLoop, type Controller } from '../../../reconcile/index.ts';
import { MemoryStore, openDatabase } from '../../../store/index.ts';
import { SimClock, SimIds } from '../../../testkit/index.ts';
import { AgentGateway } from '../agent-gateway/gateway.ts';
import { tableCounts } from '../clusters/count-tables.ts';
import { clustersAndDefinitions } from '../handlers/clusters-and-definitions.ts';
import { tasksAndInstances } from '../handlers/tasks-and-instances.ts';
import type { TaskInterfaces, TaskWays } from '../ports.ts';
import { containerInstanceArn, containerInstances } from '../records/container-instance.ts';
import { tasks } from '../records/task.ts';
import { Ledger } from '../scheduler/ledger.ts';
import { ecsTables } from '../tables.ts';
import { ConnectGateway } from '../service-connect/gateway.ts';
import { FakeNamespaces } from './fake-namespaces.ts';
import { FakeRegistrar } from './fake-registrar.ts';
import { FakeTargets } from './fake-targets.ts';
import { FakeVolumes } from './fake-volumes.ts';
import { account, region, root, scope } from './opened-ecs.ts';

type Handlers = ReturnType<typeof clustersAndDefinitions> & ReturnType<typeof tasksAndInstances>;

/** Subnets and interfaces in memory; `live` holds what was made and not removed. */
export class FakeInterfaces implements TaskInterfaces {
  readonly live = new Set<string>();
  #made = 0;

  create(_tx: unknown, { subnets, zones, attachmentArn }: Parameters<TaskInterfaces['create']>[1]) {
    const known = subnets.filter((id) => this.zone(undefined, id) !== undefined);
    const subnetId = known.find((id) => zones?.includes(this.zone(undefined, id) ?? '') !== false) ?? known[0];
    if (subnetId === undefined) throw new InvalidArgument(`The subnet ID '${subnets[0]}' does not exist`);
    const availabilityZone = `${region}${subnetId.slice(-1)}`;
    if (zones !== undefined && !zones.includes(availabilityZone)) throw new InvalidArgument('no subnet in the zones');
    const number = ++this.#made;
    const networkInterfaceId = `eni-${attachmentArn.slice(-12)}`;
    this.live.add(networkInterfaceId);
    return {
      networkInterfaceId,
      macAddress: `02:00:00:00:00:${number.toString(16).padStart(2, '0')}`,
      privateIpv4Address: `172.31.0.${number}`,
      privateDnsName: `ip-172-31-0-${number}.ec2.internal`,
      subnetId,
      prefixLength: 20,
      gateway: '172.31.0.1',
      vpcId: 'vpc-1',
      vpcPrefixes: ['172.31.0.0/16'],
      availabilityZone,
    };
  }

  zone(_scope: unknown, subnetId: string): string | undefined {
    return /^subnet-[ab]$/.test(subnetId) ? `${region}${subnetId.slice(-1)}` : undefined;
  }

  remove(_tx: unknown, _scope: unknown, networkInterfaceId: string): void {
    this.live.delete(networkInterfaceId);
  }
}

/** A websocket whose other end is the test. */
export class TestSocket implements Socket {
  readonly bufferedBytes = 0;
  readonly sent: { readonly type: string; readonly message: Record<string, unknown> }[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined;
  #listener: SocketListener | undefined;

  send(text: string): void {
    if (this.closed === undefined) this.sent.push(JSON.parse(text) as TestSocket['sent'][number]);
  }

  close(code: number, reason: string): void {
    if (this.closed !== undefined) return;
    this.closed = { code, reason };
    this.#listener?.onClose(code, reason);
  }

  listen(listener: SocketListener): void {
    this.#listener = listener;
  }

  /** What the agent sends. */
  receive(type: string, message: object): void {
    this.receiveText(JSON.stringify({ type, message }));
  }

  receiveText(text: string): void {
    this.#listener?.onText(text);
  }

  /** Messages of a type that were sent so far, oldest first. */
  of(type: string): readonly Record<string, unknown>[] {
    return this.sent.filter((frame) => frame.type === type).map((frame) => frame.message);
  }
}

export type OpenedTasks = Awaited<ReturnType<typeof openTasks>>;

const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** ECS's handlers and gateway over a store in memory and a clock that stands still; for tests only. */
export async function openTasks() {
  const db = await openDatabase(new MemoryStore(), [...ecsTables], { log: silentLog, freezeRows: true });
  const clock = new SimClock(settle);
  const ids = new SimIds(7);
  const ledger = new Ledger();
  ledger.follow({ tasks: db.table(tasks), containerInstances: db.table(containerInstances) });
  const interfaces = new FakeInterfaces();
  const targets = new FakeTargets();
  const registrar = new FakeRegistrar();
  const volumes = new FakeVolumes();
  const namespaces = new FakeNamespaces(registrar);
  const connects = new ConnectGateway({ db, clock, log: silentLog });
  const deps = { db, ledger, interfaces, volumes, targets, registrar, connects, clock, ids, log: silentLog };
  /** Roles that ECS may not assume, with the reason; tests add to it. */
  const refusedRoles = new Map<string, string>();
  const roleCredentials = {
    issue: ({ roleArn, nowMs }: { readonly roleArn: string; readonly nowMs: number }) => ({
      accessKeyId: 'ASIATEST',
      secretAccessKey: 'secret',
      sessionToken: `token of ${roleArn} at ${nowMs}`,
      expirationMs: nowMs + 6 * 60 * 60_000,
    }),
    refusal: ({ roleArn }: { readonly roleArn: string }) => refusedRoles.get(roleArn),
  };
  /** What closes a way, by interface and destination; tests add to it. */
  const closedWays = new Map<string, string>();
  /** What proves that a way leads through an endpoint, by the same. */
  const passes = new Map<string, string>();
  const ways: TaskWays = (_scope, id, destinations) =>
    destinations.map((to) => {
      const because = closedWays.get(`${id} ${destinationText(to)}`);
      const pass = passes.get(`${id} ${destinationText(to)}`);
      return {
        ...(pass === undefined ? {} : { pass }),
        reachable: because === undefined,
        dial: 'dial tcp 203.0.113.1:443: i/o timeout',
        because: because ?? '',
      };
    });
  const gateway = new AgentGateway({
    ...deps,
    roleCredentials,
    fileSystems: () => ({ refusal: 'there is no EFS here' }),
    ways,
  });
  gateway.start();
  connects.start();
  const handlers: Handlers = {
    ...clustersAndDefinitions({ db, counts: tableCounts(db), namespaces, expressionProblem: () => undefined }),
    ...tasksAndInstances({ ...deps, connections: gateway, managedNodes: { roleOf: () => undefined } }),
  };
  /** What the gateway asks of an agent's policies; tests replace it. */
  const authorized = { ask: (_question: AccessQuestion): void => undefined };
  const contextOf = (caller: string): RequestContext => ({
    caller: { account: caller, accessKeyId: 'test', arn: root },
    account: caller,
    region,
    requestId: 'r',
    sourceIp: '127.0.0.1',
    userAgent: 'test',
    endpoint: 'http://127.0.0.1:4566',
    receivedMs: clock.nowMs(),
    authorize: (question) => authorized.ask(question),
  });
  const call = async <Name extends keyof Handlers & keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
    caller: string = account,
  ): Promise<Operations[Name]['output']> => {
    const handler = handlers[name] as (input: unknown, context: RequestContext) => unknown;
    return (await handler(input, contextOf(caller))) as never;
  };
  /** What the gateway does with the socket of an agent it lets in. @param kind `acs` or `tcs` */
  const admit = async (
    instanceArn: string,
    kind: 'acs' | 'tcs' = 'acs',
    query: Readonly<Record<string, string>> = {},
  ): Promise<(socket: Socket) => void> => {
    const route = gateway.routes.find(({ path }) => path === `/${kind}/ws`);
    if (route === undefined) throw new Error(`no route for ${kind}`);
    const named = kind === 'acs' ? 'containerInstanceArn' : 'containerInstance';
    return route.accept(
      new Map(Object.entries({ [named]: instanceArn, protocolVersion: '2', processId: 'one', ...query })),
      contextOf(account),
    );
  };
  /** Opens an agent's session. */
  const connect = async (...agent: Parameters<typeof admit>): Promise<TestSocket> => {
    const accept = await admit(...agent);
    const socket = new TestSocket();
    accept(socket);
    return socket;
  };
  /** Runs a controller until `stop`. */
  const run = (controller: Controller): Cancel => {
    const loop = new ReconcileLoop([controller], { clock, ids, log: silentLog });
    loop.start();
    return () => loop.stop();
  };
  return {
    db,
    clock,
    ids,
    ledger,
    interfaces,
    targets,
    registrar,
    namespaces,
    connects,
    deps,
    gateway,
    authorized,
    closedWays,
    passes,
    ways,
    contextOf,
    refusedRoles,
    call,
    admit,
    connect,
    run,
    settle,
  };
}

/** A machine of 2,048 CPU units and 4,096 MiB that joined a cluster. */
export async function joined(
  ecs: OpenedTasks,
  cluster: string,
  options: { readonly connected?: boolean; readonly attributes?: readonly { name: string; value?: string }[] } = {},
): Promise<{ readonly arn: string; readonly key: string; readonly id: string }> {
  const { containerInstance } = await ecs.call('RegisterContainerInstance', {
    cluster,
    totalResources: [
      { name: 'CPU', type: 'INTEGER', integerValue: 2048 },
      { name: 'MEMORY', type: 'INTEGER', integerValue: 4096 },
      { name: 'PORTS', type: 'STRINGSET', stringSetValue: ['22'] },
      { name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: [] },
    ],
    attributes: [...capabilities, ...(options.attributes ?? [])],
  });
  const arn = containerInstance?.containerInstanceArn ?? '';
  const id = arn.slice(arn.lastIndexOf('/') + 1);
  const key = `/ecs/instance/${account}/${region}/${cluster}/${id}`;
  if (options.connected !== false) ecs.ledger.setConnected(key, true);
  if (arn !== containerInstanceArn(scope, cluster, id)) throw new Error(`unexpected ARN ${arn}`);
  return { arn, key, id };
}

const capabilities = ['1.17', '1.18', '1.19', '1.21', '1.24', '1.25', '1.29'].map((version) => ({
  name: `com.amazonaws.ecs.capability.docker-remote-api.${version}`,
}));

/** Registers a definition of one bridge container of 256 CPU units and 512 MiB, unless told otherwise. */
export async function defined(
  ecs: OpenedTasks,
  family: string,
  patch: Partial<RegisterTaskDefinitionRequest> = {},
): Promise<void> {
  await ecs.call('RegisterTaskDefinition', {
    family,
    containerDefinitions: [{ name: 'app', image: 'busybox', cpu: 256, memory: 512, essential: true }],
    ...patch,
  });
}

/** A FARGATE definition of 256 CPU units and 512 MiB. */
export const fargate: Partial<RegisterTaskDefinitionRequest> = {
  requiresCompatibilities: ['FARGATE'],
  networkMode: 'awsvpc',
  cpu: '256',
  memory: '512',
};

export const inSubnet = { awsvpcConfiguration: { subnets: ['subnet-a'] } } as const;
