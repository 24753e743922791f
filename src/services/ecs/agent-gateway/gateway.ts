import { parseArn, type EpochMs } from '../../../kernel/index.ts';
import { ApiError, type RequestContext, type Socket, type SocketRoute } from '../../../protocol/api/index.ts';
import type { InstanceHealthCheckResult } from '../../../protocol/generated/ecs.ts';
import type { RowChange } from '../../../store/index.ts';
import { ask } from '../authorization/ask.ts';
import { clusterArn } from '../records/cluster.ts';
import {
  containerInstanceArn,
  containerInstanceKey,
  containerInstances,
  type ContainerInstanceRecord,
} from '../records/container-instance.ts';
import { tasks, wantsVolume, type TaskRecord } from '../records/task.ts';
import { presentRows } from '../references.ts';
import { toldToAgent } from '../tasks/stopping.ts';
import { AcsSession, type AcsAgent } from './acs-session.ts';
import { instanceInUse } from './instance-in-use.ts';
import type { AgentConnections } from './connections.ts';
import type { GatewayDeps } from './deps.ts';
import { gatewayLimits } from './limits.ts';
import { TcsSession } from './tcs-session.ts';

/** An agent looks for the exception's name in the reason of the close frame. */
const inactiveReason = 'InactiveInstanceException: the container instance was deregistered';

type Query = ReadonlyMap<string, string>;

/**
 * The agents' door: their ACS and TCS sessions, at most one of each for an instance; the newest wins. What a session sends follows the
 * table of tasks, so nothing has to tell the gateway.
 */
export class AgentGateway implements AgentConnections {
  readonly #deps: GatewayDeps;
  readonly #acs = new Map<string, AcsSession>();
  readonly #tcs = new Map<string, TcsSession>();
  readonly #health = new Map<string, readonly InstanceHealthCheckResult[]>();
  /** When the last session of an instance that has none now ended. */
  readonly #endedMs = new Map<string, EpochMs>();
  readonly #startedMs: EpochMs;
  #unfollow: () => void = () => undefined;

  constructor(deps: GatewayDeps) {
    this.#deps = deps;
    this.#startedMs = deps.clock.nowMs();
  }

  /** The websocket endpoints that DiscoverPollEndpoint names. */
  readonly routes: readonly SocketRoute[] = [
    { path: '/acs/ws', signingName: 'ecs', accept: (query, context) => this.#acceptAcs(query, context) },
    { path: '/tcs/ws', signingName: 'ecs', accept: (query, context) => this.#acceptTcs(query, context) },
  ];

  start(): void {
    const stopTasks = this.#deps.db.table(tasks).onChange((change) => this.#taskChanged(change));
    const stopInstances = this.#deps.db.table(containerInstances).onChange(({ key, after }) => {
      if (after !== undefined && after.status !== 'INACTIVE') return;
      this.#turnAway(key);
      this.#endedMs.delete(key);
    });
    this.#unfollow = () => {
      stopTasks();
      stopInstances();
    };
  }

  stop(): void {
    this.#unfollow();
    for (const session of [...this.#acs.values(), ...this.#tcs.values()])
      session.close(1001, 'the control plane stops');
  }

  health(instanceKey: string): readonly InstanceHealthCheckResult[] {
    return this.#health.get(instanceKey) ?? [];
  }

  quietSinceMs(instanceKey: string): EpochMs | undefined {
    return this.#acs.has(instanceKey) ? undefined : (this.#endedMs.get(instanceKey) ?? this.#startedMs);
  }

  answers(instanceKey: string): Promise<boolean> {
    return this.#acs.get(instanceKey)?.answers() ?? Promise.resolve(false);
  }

  agent(instanceKey: string): AcsAgent | undefined {
    return this.#acs.get(instanceKey)?.agent;
  }

  /** Instances whose agent has an open session. */
  get connected(): Iterable<string> {
    return this.#acs.keys();
  }

  #taskChanged({ key, before, after }: RowChange<TaskRecord>): void {
    const instanceKey = after?.instanceKey ?? before?.instanceKey;
    const session = instanceKey === undefined ? undefined : this.#acs.get(instanceKey);
    if (session === undefined) return;
    if (after === undefined || after.lastStatus === 'STOPPED') session.forget(key);
    else if (
      before === undefined ||
      before.instanceKey !== after.instanceKey ||
      toldToAgent(before) !== toldToAgent(after) ||
      wantsVolume(before) !== wantsVolume(after)
    )
      session.push(key);
  }

  /** A deregistered instance: its agent is told in the way it understands, and does not come back. */
  #turnAway(key: string): void {
    this.#acs.get(key)?.close(1008, inactiveReason);
    this.#tcs.get(key)?.close(1008, inactiveReason);
  }

  /** Deregistered while its socket was being opened: the change came too early to turn it away. */
  #left(key: string): boolean {
    const instance = this.#deps.db.get(containerInstances, key)?.row;
    return instance === undefined || instance.status === 'INACTIVE';
  }

  async #acceptAcs(query: Query, context: RequestContext): Promise<(socket: Socket) => void> {
    const { key, instance } = this.#instance('Poll', query.get('containerInstanceArn'), context);
    const processId = query.get('processId');
    await this.#refuseSecond(key, processId);
    const floor = await this.#greet(key, query);
    const agent = {
      instanceKey: key,
      instanceArn: containerInstanceArn(instance, instance.cluster, instance.id),
      clusterArn: clusterArn(instance, instance.cluster),
      protocolVersion: Number(query.get('protocolVersion') ?? 1),
      processId,
      sourceIp: context.sourceIp,
    };
    let sequence = floor;
    return (socket) => {
      if (this.#left(key)) {
        socket.close(1008, inactiveReason);
        return;
      }
      const session = new AcsSession(socket, agent, this.#deps, () => ++sequence);
      this.#acs.get(key)?.close(1000, 'a newer connection of this instance took over');
      this.#acs.set(key, session);
      this.#endedMs.delete(key);
      this.#deps.ledger.setConnected(key, true);
      this.#deps.log.info('agent connected', { instance: agent.instanceArn, agentVersion: query.get('agentVersion') });
      session.open(() => {
        if (this.#acs.get(key) !== session) return;
        this.#acs.delete(key);
        this.#endedMs.set(key, this.#deps.clock.nowMs());
        this.#deps.ledger.setConnected(key, false);
        this.#deps.log.info('agent disconnected', { instance: agent.instanceArn });
      });
    };
  }

  /**
   * One of two agents with one identity wins: the one that is connected and answers. Its own next connection is no second one.
   * @throws InstanceInUseException
   */
  async #refuseSecond(key: string, processId: string | undefined): Promise<void> {
    const present = this.#acs.get(key);
    if (present === undefined || (processId !== undefined && present.agent.processId === processId)) return;
    if (!(await present.answers())) return;
    throw instanceInUse(present.agent);
  }

  #acceptTcs(query: Query, context: RequestContext): Promise<(socket: Socket) => void> {
    const { key } = this.#instance('StartTelemetrySession', query.get('containerInstance'), context);
    const holder = this.#acs.get(key)?.agent;
    // Telemetry comes from the agent that runs the tasks.
    if (holder?.processId !== undefined && query.has('processId') && query.get('processId') !== holder.processId)
      throw instanceInUse(holder);
    return Promise.resolve((socket) => {
      if (this.#left(key)) {
        socket.close(1008, inactiveReason);
        return;
      }
      const session = new TcsSession(socket, key, this.#deps, (checks) => this.#health.set(key, checks));
      this.#tcs.get(key)?.close(1000, 'a newer connection of this instance took over');
      this.#tcs.set(key, session);
      session.open(() => {
        if (this.#tcs.get(key) !== session) return;
        this.#tcs.delete(key);
        this.#health.delete(key);
      });
    });
  }

  /** @throws InvalidInstanceException, AccessDeniedException, InactiveInstanceException: refusals that an agent understands */
  #instance(
    action: 'Poll' | 'StartTelemetrySession',
    arnText: string | undefined,
    context: RequestContext,
  ): { readonly key: string; readonly instance: ContainerInstanceRecord } {
    const arn = parseArn(arnText ?? '');
    const [type, cluster = '', id = ''] = arn?.resource.split('/') ?? [];
    if (arn === undefined || type !== 'container-instance' || arn.account !== context.account) {
      throw new ApiError(
        'InvalidInstanceException',
        `'${arnText ?? ''}' is not a container instance of account ${context.account}`,
      );
    }
    const keys = { 'ecs:cluster': clusterArn(arn, cluster) };
    context.authorize(ask(presentRows(this.#deps.db), action, containerInstanceArn(arn, cluster, id), { keys }));
    const key = containerInstanceKey({ account: arn.account, region: arn.region }, cluster, id);
    const instance = this.#deps.db.get(containerInstances, key)?.row;
    if (instance === undefined || instance.status === 'INACTIVE') {
      throw new ApiError('InactiveInstanceException', 'The container instance is not registered (any more).');
    }
    return { key, instance };
  }

  /**
   * Notes what the agent says of itself and reserves sequence numbers above all earlier ones. They follow the clock, because an agent
   * keeps the largest it saw on its disk, also when it comes back as another instance, which knows nothing of the numbers before.
   * @returns the last number already used
   */
  async #greet(key: string, query: Query): Promise<number> {
    const byTheClock = this.#deps.clock.nowMs() * gatewayLimits.sequencesPerMs;
    const { result } = await this.#deps.db.transact((tx) => {
      const instance = tx.get(containerInstances, key);
      if (instance === undefined || instance.status === 'INACTIVE')
        throw new ApiError('InactiveInstanceException', 'The container instance is not registered any more.');
      const floor = Math.max(instance.sequenceFloor, byTheClock);
      const agentVersion = query.get('agentVersion');
      const agentHash = query.get('agentHash');
      const dockerVersion = query.get('dockerVersion');
      tx.put(containerInstances, key, {
        ...instance,
        ...(agentVersion === undefined ? {} : { agentVersion }),
        ...(agentHash === undefined ? {} : { agentHash }),
        ...(dockerVersion === undefined ? {} : { dockerVersion }),
        sequenceFloor: floor + gatewayLimits.sequenceLeap,
      });
      return floor;
    });
    return result;
  }
}
