import { connectSigningName, connectSocketPath } from '../../../connect-protocol/index.ts';
import { parseArn, type Clock, type Log } from '../../../kernel/index.ts';
import {
  ApiError,
  conditionValues,
  type RequestContext,
  type Socket,
  type SocketRoute,
} from '../../../protocol/api/index.ts';
import type { Database, RowChange } from '../../../store/index.ts';
import { connectEndpoints } from '../records/connect-endpoint.ts';
import { tasks, type TaskRecord } from '../records/task.ts';
import type { ConnectHolds } from './holds.ts';
import { connectLimits } from './limits.ts';
import { renderEndpoint } from './render.ts';
import { ConnectSession } from './session.ts';

export interface ConnectGatewayDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
}

/** The account that the installation's own agents sign as. */
const platformAccount = '000000000000';

/**
 * The door of agents whose tasks have proxies. Each says which endpoints its tasks call and is told who stands behind them, and says when nobody calls those
 * that left. What it is told follows the tables, so nothing has to tell the gateway.
 */
export class ConnectGateway implements ConnectHolds {
  readonly #deps: ConnectGatewayDeps;
  readonly #sessions = new Set<ConnectSession>();
  readonly #listeners = new Set<(taskKey: string) => void>();
  #unfollow: readonly (() => void)[] = [];

  constructor(deps: ConnectGatewayDeps) {
    this.#deps = deps;
  }

  readonly routes: readonly SocketRoute[] = [
    {
      path: connectSocketPath,
      signingName: connectSigningName,
      accept: (query, context) => this.#accept(query, context),
    },
  ];

  start(): void {
    const { db } = this.#deps;
    this.#unfollow = [
      db.table(tasks).onChange((change) => this.#taskChanged(change)),
      db.table(connectEndpoints).onChange(({ before, after }) => this.#changed((after ?? before)?.discoveryArn)),
    ];
  }

  stop(): void {
    for (const unfollow of this.#unfollow) unfollow();
    for (const session of this.#sessions) session.close(1001, 'the control plane stops');
  }

  holds(taskKey: string): boolean {
    for (const session of this.#sessions) if (session.holds(taskKey)) return true;
    return false;
  }

  onReleased(listener: (taskKey: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #taskChanged({ before, after }: RowChange<TaskRecord>): void {
    if (before?.connected === after?.connected) return;
    for (const { discoveryArn } of (after ?? before)?.connect?.hosts ?? []) this.#changed(discoveryArn);
  }

  #changed(discoveryArn: string | undefined): void {
    if (discoveryArn === undefined) return;
    for (const session of this.#sessions) session.changed(discoveryArn);
  }

  /** @throws AccessDenied, ServiceUnavailable */
  #accept(query: ReadonlyMap<string, string>, context: RequestContext): Promise<(socket: Socket) => void> {
    if (context.account !== platformAccount) authorizeAgent(query.get('containerInstanceArn'), context);
    if (this.#sessions.size >= connectLimits.agents)
      throw new ApiError('ServiceUnavailable', `${connectLimits.agents} agents are connected already`, { status: 503 });
    return Promise.resolve((socket) => this.#open(socket, context));
  }

  #open(socket: Socket, { account, sourceIp }: RequestContext): void {
    const { db, clock, log } = this.#deps;
    const session: ConnectSession = new ConnectSession(socket, {
      clock,
      log,
      render: (id) => (mayKnow(account, id) ? renderEndpoint(db, id) : undefined),
      released: (taskKey) => {
        if (!this.holds(taskKey)) for (const listener of this.#listeners) listener(taskKey);
      },
    });
    this.#sessions.add(session);
    log.info('an agent connected for Service Connect', { account, sourceIp });
    session.open(() => {
      this.#sessions.delete(session);
      log.info('an agent disconnected from Service Connect', { account, sourceIp });
    });
  }
}

function mayKnow(account: string, id: string): boolean {
  return account === platformAccount || parseArn(id)?.account === account;
}

/** Whoever may be sent the tasks of a container instance may know what they call. @throws AccessDenied */
function authorizeAgent(instanceArn: string | undefined, context: RequestContext): void {
  const [, cluster] = parseArn(instanceArn ?? '')?.resource.split('/') ?? [];
  const keys =
    instanceArn === undefined || cluster === undefined
      ? {}
      : { 'ecs:cluster': instanceArn.replace(/:container-instance\/.*$/, `:cluster/${cluster}`) };
  context.authorize({ action: 'ecs:Poll', resource: instanceArn ?? '*', context: conditionValues({ keys }) });
}
