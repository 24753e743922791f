import { InvalidArgument, NotFound } from '../../../kernel/index.ts';
import { ApiError } from '../../../protocol/api/index.ts';
import type { TargetDescription } from '../../../protocol/generated/elbv2.ts';
import { presentRows, scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { notImplemented, targetGroupNotFound, tooMany, validationError } from '../errors.ts';
import { maxTargetsPerTargetGroup, maxTargetsPerTransaction } from '../limits.ts';
import type { TargetToRegister } from '../offers.ts';
import { neededTargetGroup } from '../references.ts';
import { NoSuchInstance, placedTarget } from '../targets/placed-target.ts';
import { TargetGroupFull, type Registrar } from '../targets/registrar.ts';

/**
 * Registers targets; all are checked first. More than 50 are written in several transactions.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html
 */
export function registerTargets(
  { db, network }: Pick<Elbv2Deps, 'db' | 'network'>,
  registrar: Registrar,
): Elbv2Handler<'RegisterTargets'> {
  return async ({ TargetGroupArn: arn, Targets: given }, context) => {
    const scope = scopeOf(context);
    const group = neededTargetGroup(presentRows(db), scope, arn);
    const wanted = checkedTargets(given).map(targetToRegister);
    await inAwsWords(arn, async () => {
      for (const target of wanted) placedTarget(network, group, target);
      for (const batch of batches(wanted)) await db.transact((tx) => registrar.register(tx, scope, arn, batch));
    });
    return {};
  };
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeregisterTargets.html */
export function deregisterTargets(
  { db }: Pick<Elbv2Deps, 'db'>,
  registrar: Registrar,
): Elbv2Handler<'DeregisterTargets'> {
  return async ({ TargetGroupArn: arn, Targets: given }, context) => {
    const scope = scopeOf(context);
    neededTargetGroup(presentRows(db), scope, arn);
    const names = checkedTargets(given).map(({ Id, Port }) => ({
      id: Id,
      ...(Port === undefined ? {} : { port: Port }),
    }));
    for (const batch of batches(names)) await db.transact((tx) => registrar.deregister(tx, scope, arn, batch));
    return {};
  };
}

function checkedTargets(given: readonly TargetDescription[]): readonly TargetDescription[] {
  if (given.length === 0) throw validationError('At least one target must be specified');
  if (given.length > maxTargetsPerTargetGroup) {
    throw tooMany(
      'Targets',
      `At most ${maxTargetsPerTargetGroup} targets can be given at once, but were ${given.length}`,
    );
  }
  if (given.some(({ QuicServerId }) => QuicServerId !== undefined)) throw notImplemented('QuicServerId');
  return given;
}

function targetToRegister({ Id, Port, AvailabilityZone }: TargetDescription): TargetToRegister {
  return {
    id: Id,
    ...(Port === undefined ? {} : { port: Port }),
    ...(AvailabilityZone === undefined ? {} : { zone: AvailabilityZone }),
  };
}

function* batches<Item>(items: readonly Item[]): Iterable<readonly Item[]> {
  for (let at = 0; at < items.length; at += maxTargetsPerTransaction)
    yield items.slice(at, at + maxTargetsPerTransaction);
}

async function inAwsWords(arn: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof NoSuchInstance) throw new ApiError('InvalidTarget', error.message);
    if (error instanceof InvalidArgument) throw validationError(error.message);
    if (error instanceof NotFound) throw targetGroupNotFound(arn);
    if (error instanceof TargetGroupFull) throw tooMany('Targets', error.message);
    throw error;
  }
}
