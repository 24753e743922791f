import type { TargetHealthDescription } from '../../../protocol/generated/elbv2.ts';
import { presentRows, scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { notImplemented } from '../errors.ts';
import { maxTargetsPerTargetGroup } from '../limits.ts';
import type { TargetHealthFacts } from '../offers.ts';
import type { TargetGroupRecord } from '../records/target-group.ts';
import { targetKey, targets, type TargetRecord } from '../records/target.ts';
import { neededTargetGroup } from '../references.ts';
import { groupUse, notRegistered, shownHealth } from '../targets/health.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html */
export function describeTargetHealth({ db }: Elbv2Deps): Elbv2Handler<'DescribeTargetHealth'> {
  return ({ TargetGroupArn: arn, Targets: wanted = [], Include: include = [] }, context) => {
    if (include.length > 0) throw notImplemented('Include');
    const group = neededTargetGroup(presentRows(db), scopeOf(context), arn);
    const use = groupUse(db, arn);
    if (wanted.length === 0) {
      // A group is a page: it has no more targets than that, and those that were in the act of joining when it was full.
      const page = db.table(targets).page('group', arn, { limit: 2 * maxTargetsPerTargetGroup });
      return { TargetHealthDescriptions: page.rows.map(({ row }) => described(group, row, shownHealth(row, use))) };
    }
    return {
      TargetHealthDescriptions: wanted.map(({ Id: id, Port: port = group.port }) => {
        const row = db.get(targets, targetKey({ group, id, port }))?.row;
        return row === undefined
          ? described(group, { id, port, zoneIsGiven: false }, notRegistered)
          : described(group, row, shownHealth(row, use));
      }),
    };
  };
}

function described(
  { healthCheck, targetType }: TargetGroupRecord,
  { id, port, zone, zoneIsGiven }: Pick<TargetRecord, 'id' | 'port' | 'zone' | 'zoneIsGiven'>,
  { state, reason, description }: TargetHealthFacts,
): TargetHealthDescription {
  return {
    Target: { Id: id, Port: port, ...(targetType === 'ip' ? shownZone(zone, zoneIsGiven) : {}) },
    HealthCheckPort: healthCheck.port === 'traffic-port' ? String(port) : healthCheck.port,
    TargetHealth: {
      State: state,
      // Codes come from AWS's list (see balancer-gateway/reports).
      ...(reason === undefined
        ? {}
        : { Reason: reason as NonNullable<TargetHealthDescription['TargetHealth']>['Reason'] }),
      ...(description === undefined ? {} : { Description: description }),
    },
  };
}

/** Addresses show their zone, also when it was found out; instances do not. */
function shownZone(zone: string | undefined, isGiven: boolean): { readonly AvailabilityZone?: string } {
  if (zone === undefined) return isGiven ? { AvailabilityZone: 'all' } : {};
  return { AvailabilityZone: zone };
}
