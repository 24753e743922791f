import { balancerSigningName, balancerSocketPath, type BalancerReport } from '../../../balancer-protocol/index.ts';
import type { Clock, EpochMs, Log } from '../../../kernel/index.ts';
import { ApiError, type RequestContext, type Socket, type SocketRoute } from '../../../protocol/api/index.ts';
import type { Database, RowChange } from '../../../store/index.ts';
import { decideState, type LoadBalancerState, type LoadBalancerStates } from '../load-balancers/state.ts';
import type { Certificates } from '../ports.ts';
import { listenerArn, listenerKey, listeners, parseListenerArn, type ListenerRecord } from '../records/listener.ts';
import { loadBalancerArn, loadBalancers, type LoadBalancerRecord } from '../records/load-balancer.ts';
import { platformAccount } from '../records/scope.ts';
import { parseTargetGroupArn, targetGroupArn, targetGroups, type TargetGroupRecord } from '../records/target-group.ts';
import { targetKey, targets, type TargetRecord } from '../records/target.ts';
import { targetGroupsOf } from '../records/listener.ts';
import { stableJson } from '../stable-json.ts';
import { sameApartFromHealth, usesChanged } from '../targets/registrar.ts';
import { gatewayLimits } from './limits.ts';
import { ReportedWrites } from './reported-writes.ts';
import { renderGroup } from './render.ts';
import { BalancerSession } from './session.ts';
import { worstHealth } from './worst-health.ts';

export interface GatewayDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly certificates: Certificates;
}

/**
 * The data planes' door. All of them get the same configuration. What a session sends follows the tables, so nothing has to tell the gateway; what the
 * data planes see of targets is written to the targets' records, what they see of listeners is kept as long as they are connected.
 */
export class BalancerGateway implements LoadBalancerStates {
  readonly #deps: GatewayDeps;
  readonly #sessions = new Set<BalancerSession>();
  readonly #writes: ReportedWrites;
  /** When the last session ended, or this process started. */
  #lastServedMs: EpochMs;
  #unfollow: readonly (() => void)[] = [];

  constructor(deps: GatewayDeps) {
    this.#deps = deps;
    this.#writes = new ReportedWrites(deps);
    this.#lastServedMs = deps.clock.nowMs();
  }

  readonly routes: readonly SocketRoute[] = [
    { path: balancerSocketPath, signingName: balancerSigningName, accept: (_query, context) => this.#accept(context) },
  ];

  start(): void {
    const { db, certificates } = this.#deps;
    this.#unfollow = [
      db.table(loadBalancers).onChange((change) => this.#loadBalancerChanged(change)),
      db.table(listeners).onChange((change) => this.#listenerChanged(change)),
      db.table(targetGroups).onChange((change) => this.#targetGroupChanged(change)),
      db.table(targets).onChange((change) => this.#targetChanged(change)),
      certificates.onChange((arn) => this.#certificateChanged(arn)),
    ];
  }

  stop(): void {
    for (const unfollow of this.#unfollow) unfollow();
    this.#writes.stop();
    for (const session of this.#sessions) session.close(1001, 'the control plane stops');
  }

  of(row: LoadBalancerRecord): LoadBalancerState {
    const isServed = this.#sessions.size > 0 || this.#deps.clock.nowMs() < this.#lastServedMs + gatewayLimits.absenceMs;
    return decideState(row, { isServed, problems: this.#problemsOf(row) });
  }

  #problemsOf(row: LoadBalancerRecord): readonly { readonly listener: string; readonly problem: string }[] {
    return row.listeners.flatMap(({ id, port }) => {
      const name = { loadBalancer: row, id };
      const arn = listenerArn(name);
      const problem = [...this.#sessions].map(({ problems }) => problems.get(arn)).find((one) => one !== undefined);
      if (problem === undefined) return [];
      const protocol = this.#deps.db.get(listeners, listenerKey(name))?.row.protocol ?? '';
      return [{ listener: `${protocol}:${port}`, problem }];
    });
  }

  #accept(context: RequestContext): Promise<(socket: Socket) => void> {
    if (context.account !== platformAccount) {
      throw new ApiError('AccessDenied', "Only the installation's own data planes may connect here", { status: 403 });
    }
    if (this.#sessions.size >= gatewayLimits.dataPlanes) {
      throw new ApiError('ServiceUnavailable', `${gatewayLimits.dataPlanes} data planes are connected already`, {
        status: 503,
      });
    }
    return Promise.resolve((socket) => this.#open(socket, context.sourceIp));
  }

  #open(socket: Socket, sourceIp: string): void {
    const { log } = this.#deps;
    const session = new BalancerSession(socket, this.#deps);
    this.#sessions.add(session);
    log.info('a load-balancer data plane connected', { sourceIp });
    session.open({
      onReport: (report) => this.#reported(session, report),
      onApplied: (arns) => {
        for (const arn of arns) this.#writes.active(arn);
      },
      onEnd: () => {
        this.#sessions.delete(session);
        if (this.#sessions.size === 0) this.#lastServedMs = this.#deps.clock.nowMs();
        log.info('a load-balancer data plane disconnected', { sourceIp });
        this.#left(session);
      },
    });
  }

  /** What only the data plane that left said does not count any more; what nobody else knows stays as it was. */
  #left({ health }: BalancerSession): void {
    if (this.#sessions.size === 0) return;
    for (const key of health.keys()) this.#judge(key);
    for (const session of this.#sessions) for (const key of session.drained) this.#checkDrained(key);
  }

  #reported(session: BalancerSession, report: Exclude<BalancerReport, { readonly type: 'applied' }>): void {
    const { db } = this.#deps;
    switch (report.type) {
      case 'health':
        for (const { targetGroupArn: arn, id, port, ...health } of report.targets) {
          const key = knownTarget(db, arn, id, port);
          if (key === undefined) continue;
          session.health.set(key, health);
          this.#judge(key);
        }
        return;
      case 'drained':
        for (const { targetGroupArn: arn, id, port } of report.targets) {
          const key = knownTarget(db, arn, id, port);
          if (key === undefined) continue;
          session.drained.add(key);
          this.#checkDrained(key);
        }
        return;
      case 'listeners':
        for (const { arn, problem } of report.listeners) this.#listenerReported(session, arn, problem);
    }
  }

  #listenerReported({ problems }: BalancerSession, arn: string, problem: string): void {
    const { db, log } = this.#deps;
    const name = parseListenerArn(arn);
    if (name === undefined || db.get(listeners, listenerKey(name)) === undefined) return;
    if (problem === '') {
      if (problems.delete(arn)) log.info('a listener is open again', { listener: arn });
      return;
    }
    if (problems.get(arn) !== problem) log.warn('a listener could not be opened', { listener: arn, problem });
    problems.set(arn, problem);
  }

  #judge(key: string): void {
    const told = [...this.#sessions].map(({ health }) => health.get(key)).filter((one) => one !== undefined);
    const health = worstHealth(told);
    if (health !== undefined) this.#writes.health(key, health);
  }

  /** A target may go once no data plane has anything in flight to it. */
  #checkDrained(key: string): void {
    if ([...this.#sessions].every(({ drained }) => drained.has(key))) this.#writes.drained(key);
  }

  #loadBalancerChanged({ before, after }: RowChange<LoadBalancerRecord>): void {
    if (this.#sessions.size === 0) return;
    const row = after ?? before;
    if (row === undefined) return;
    if (before !== undefined && after !== undefined && sameForDataPlane(before, after)) return;
    this.#tellLoadBalancer(loadBalancerArn(row));
    // A group's targets in zones that its load balancer is not in are left out.
    if (before !== undefined && after !== undefined && zonesOf(before) !== zonesOf(after)) this.#tellGroupsOf(after);
  }

  #tellGroupsOf(row: LoadBalancerRecord): void {
    for (const { id } of row.listeners) {
      const listener = this.#deps.db.get(listeners, listenerKey({ loadBalancer: row, id }))?.row;
      if (listener !== undefined) for (const arn of targetGroupsOf(listener)) this.#tellTargetGroup(arn);
    }
  }

  #listenerChanged({ before, after }: RowChange<ListenerRecord>): void {
    const row = after ?? before;
    if (row === undefined || this.#sessions.size === 0) return;
    if (after === undefined) for (const { problems } of this.#sessions) problems.delete(listenerArn(row));
    this.#tellLoadBalancer(loadBalancerArn(row.loadBalancer));
    for (const arn of usesChanged({ before, after })) this.#tellTargetGroup(arn);
  }

  #targetGroupChanged({ before, after }: RowChange<TargetGroupRecord>): void {
    const row = after ?? before;
    if (row === undefined || this.#sessions.size === 0) return;
    const isSame =
      before !== undefined &&
      after !== undefined &&
      JSON.stringify(renderGroup(before)) === JSON.stringify(renderGroup(after));
    if (!isSame) this.#tellTargetGroup(targetGroupArn(row));
  }

  #targetChanged({ key, before, after }: RowChange<TargetRecord>): void {
    const row = after ?? before;
    if (row === undefined || this.#sessions.size === 0) return;
    if (before !== undefined && after !== undefined && sameApartFromHealth(before, after)) return;
    for (const { health, drained } of this.#sessions) {
      drained.delete(key);
      // Who comes again after it left, or after it drained, is a new target of which nothing is known.
      if (after === undefined || after.state === 'registered') health.delete(key);
    }
    this.#tellTargetGroup(targetGroupArn(row.group));
  }

  #certificateChanged(arn: string): void {
    const table = this.#deps.db.table(listeners);
    for (const key of table.keys('certificate', arn)) {
      const row = table.get(key)?.row;
      if (row !== undefined) this.#tellLoadBalancer(loadBalancerArn(row.loadBalancer));
    }
  }

  #tellLoadBalancer(arn: string): void {
    for (const session of this.#sessions) session.loadBalancerChanged(arn);
  }

  #tellTargetGroup(arn: string): void {
    for (const session of this.#sessions) session.targetGroupChanged(arn);
  }
}

/** The key of a target that is there; reports may come late. */
function knownTarget(db: Database, arn: string, id: string, port: number): string | undefined {
  const group = parseTargetGroupArn(arn);
  if (group === undefined || !/^[\w.:-]{1,64}$/.test(id) || !Number.isInteger(port)) return undefined;
  const key = targetKey({ group, id, port });
  return db.get(targets, key) === undefined ? undefined : key;
}

function zonesOf({ zones }: LoadBalancerRecord): string {
  return zones
    .map(({ zone }) => zone)
    .sort()
    .join(' ');
}

/** True when only what data planes do not see is different. */
function sameForDataPlane(before: LoadBalancerRecord, after: LoadBalancerRecord): boolean {
  const seen = ({ zones, attributes, listeners: places }: LoadBalancerRecord): string =>
    JSON.stringify([zones, stableJson(attributes), places]);
  return before.id === after.id && seen(before) === seen(after);
}
