import { Conflict, InvalidArgument, NotFound, type Clock } from '../../../kernel/index.ts';
import type { Database, RowChange, Transaction } from '../../../store/index.ts';
import { presentRows, type Rows } from '../core.ts';
import { maxTargetsPerTargetGroup, maxTargetsPerTransaction } from '../limits.ts';
import type {
  ForwardFacts,
  TargetGroupFacts,
  TargetHealthFacts,
  TargetName,
  TargetRegistrar,
  TargetToRegister,
  TrafficShifting,
  WeightedTargetGroup,
} from '../offers.ts';
import type { Certificates, Network } from '../ports.ts';
import { listeners, targetGroupsOf, type ListenerRecord } from '../records/listener.ts';
import type { Scope } from '../records/scope.ts';
import { parseTargetGroupArn, targetGroupArn, type TargetGroupRecord } from '../records/target-group.ts';
import { beingRegistered, targetKey, targets, type TargetRecord } from '../records/target.ts';
import { targetGroupOf } from '../references.ts';
import { deregistrationDelayMs } from '../target-groups/attributes.ts';
import { isInUse, loadBalancersOf } from '../target-groups/uses.ts';
import { forwardOf, setWeights } from '../traffic-shifting.ts';
import { groupUse, shownHealth } from './health.ts';
import { placedTarget } from './placed-target.ts';

export interface RegistrarDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly network: Network;
  readonly certificates: Certificates;
}

/** A target group has as many targets as it may. */
export class TargetGroupFull extends Conflict {}

/** Registers and deregisters targets, for the API and for services such as ECS. */
export class Registrar implements TargetRegistrar, TrafficShifting {
  readonly #deps: RegistrarDeps;

  constructor(deps: RegistrarDeps) {
    this.#deps = deps;
  }

  targetGroup(scope: Scope, arn: string): TargetGroupFacts | undefined {
    const { db } = this.#deps;
    const row = ownGroup(presentRows(db), scope, arn);
    if (row === undefined) return undefined;
    const { healthCheck } = row;
    return {
      arn,
      name: row.name,
      targetType: row.targetType,
      protocol: row.protocol,
      port: row.port,
      vpcId: row.vpcId,
      loadBalancerArns: loadBalancersOf(db, arn),
      deregistrationDelayMs: deregistrationDelayMs(row),
      healthCheck: {
        protocol: healthCheck.protocol,
        intervalMs: healthCheck.intervalSeconds * 1_000,
        timeoutMs: healthCheck.timeoutSeconds * 1_000,
        healthyThreshold: healthCheck.healthyThreshold,
        unhealthyThreshold: healthCheck.unhealthyThreshold,
      },
    };
  }

  register(tx: Transaction, scope: Scope, arn: string, given: readonly TargetToRegister[]): void {
    checkNumber(given);
    const { db, network } = this.#deps;
    const group = ownGroup(tx, scope, arn);
    if (group === undefined) throw new NotFound(`Target group '${arn}' not found`);
    let added = 0;
    for (const target of given) {
      const place = placedTarget(network, group, target);
      const { account, region, name, id } = group;
      const key = targetKey({ group, id: place.id, port: place.port });
      const present = tx.get(targets, key);
      if (present?.state === 'registered') continue;
      if (present === undefined) added += 1;
      tx.put(targets, key, {
        ...place,
        group: { account, region, name, id },
        state: 'registered',
        health: beingRegistered,
      });
    }
    if (db.table(targets).count('group', arn) + added > maxTargetsPerTargetGroup) {
      throw new TargetGroupFull(`The target group '${arn}' can have at most ${maxTargetsPerTargetGroup} targets`);
    }
  }

  deregister(tx: Transaction, scope: Scope, arn: string, given: readonly TargetName[]): void {
    checkNumber(given);
    const { db, clock } = this.#deps;
    const group = ownGroup(tx, scope, arn);
    if (group === undefined) return;
    const delayMs = isInUse(db, arn) ? deregistrationDelayMs(group) : 0;
    for (const { id, port = group.port } of given) {
      const key = targetKey({ group, id, port });
      const present = tx.get(targets, key);
      if (present === undefined || present.state === 'draining') continue;
      if (delayMs === 0) tx.delete(targets, key);
      else tx.put(targets, key, { ...present, state: 'draining', drainDeadlineMs: clock.nowMs() + delayMs });
    }
  }

  health(scope: Scope, arn: string, { id, port }: TargetName): TargetHealthFacts | undefined {
    const { db } = this.#deps;
    const group = ownGroup(presentRows(db), scope, arn);
    const target = group && db.get(targets, targetKey({ group, id, port: port ?? group.port }))?.row;
    return target && shownHealth(target, groupUse(db, arn));
  }

  forward(scope: Scope, arn: string): ForwardFacts | undefined {
    return forwardOf(presentRows(this.#deps.db), scope, arn);
  }

  weights(scope: Scope, arn: string): readonly WeightedTargetGroup[] | undefined {
    return this.forward(scope, arn)?.targetGroups;
  }

  setWeights(tx: Transaction, scope: Scope, arn: string, weights: readonly WeightedTargetGroup[]): void {
    setWeights(tx, this.#deps, { scope, arn }, weights);
  }

  onTargetsChanged(listener: (arn: string) => void): () => void {
    const { db } = this.#deps;
    const stopTargets = db.table(targets).onChange(({ before, after }) => {
      const row = after ?? before;
      if (row !== undefined) listener(targetGroupArn(row.group));
    });
    const stopListeners = db.table(listeners).onChange((change) => {
      for (const arn of usesChanged(change)) listener(arn);
    });
    return () => {
      stopTargets();
      stopListeners();
    };
  }
}

/** The target groups that a listener led to and does not any more, or the other way round. */
export function usesChanged({ before, after }: Pick<RowChange<ListenerRecord>, 'before' | 'after'>): readonly string[] {
  const old = new Set(before === undefined ? [] : targetGroupsOf(before));
  const now = new Set(after === undefined ? [] : targetGroupsOf(after));
  return [...[...old].filter((arn) => !now.has(arn)), ...[...now].filter((arn) => !old.has(arn))];
}

/** A target that is only shown to be healthy or not by another record looks the same to the data plane. */
export function sameApartFromHealth(before: TargetRecord, after: TargetRecord): boolean {
  return (
    before.state === after.state &&
    before.drainDeadlineMs === after.drainDeadlineMs &&
    before.address === after.address &&
    before.zone === after.zone
  );
}

function ownGroup(rows: Rows, scope: Scope, arn: string): TargetGroupRecord | undefined {
  const name = parseTargetGroupArn(arn);
  if (name?.account !== scope.account || name.region !== scope.region) return undefined;
  return targetGroupOf(rows, arn);
}

function checkNumber(given: readonly unknown[]): void {
  if (given.length > maxTargetsPerTransaction) {
    throw new InvalidArgument(
      `${given.length} targets are too many for one transaction: at most ${maxTargetsPerTransaction}`,
    );
  }
}
