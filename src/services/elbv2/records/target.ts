import type { TargetHealthState } from '../../../balancer-protocol/index.ts';
import type { TableSpec } from '../../../store/index.ts';
import { scopeText } from './scope.ts';
import { targetGroupArn, type TargetGroupName } from './target-group.ts';

export interface TargetHealthRecord {
  readonly state: TargetHealthState;
  /** AWS's code; absent when healthy. */
  readonly reason?: string;
  /** AWS's sentence; absent when healthy. */
  readonly description?: string;
}

/**
 * A target of a group: written when it is registered, starts to drain, or changes its health. Checks that change nothing are not written.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealthDescription.html
 */
export interface TargetRecord {
  readonly group: TargetGroupName;
  /** An instance's id or an address. */
  readonly id: string;
  readonly port: number;
  /** Where to connect. */
  readonly address: string;
  /** The zone it is in; absent: `all`. */
  readonly zone?: string;
  /** The zone was given when it was registered, and is shown. */
  readonly zoneIsGiven: boolean;
  readonly state: 'registered' | 'draining';
  /** When draining ends at the latest. */
  readonly drainDeadlineMs?: number;
  readonly health: TargetHealthRecord;
}

export interface TargetId {
  readonly group: TargetGroupName;
  readonly id: string;
  readonly port: number;
}

export function targetKey({ group, id, port }: TargetId): string {
  return `/elbv2/target/${scopeText(group)}/${group.name}/${group.id}/${id}/${port}`;
}

/** What a target's health is from its registration to the first report of a data plane. */
export const beingRegistered: TargetHealthRecord = {
  state: 'initial',
  reason: 'Elb.RegistrationInProgress',
  description: 'Target registration is in progress',
};

export const targets: TableSpec<TargetRecord, 'group' | 'groupDraining' | 'groupChecked'> = {
  prefix: '/elbv2/target/',
  indexes: {
    group: ({ group }) => targetGroupArn(group),
    groupDraining: ({ group, state }) => (state === 'draining' ? targetGroupArn(group) : undefined),
    /** Targets whose health a data plane has told. */
    groupChecked: ({ group, health }) => (health.reason === beingRegistered.reason ? undefined : targetGroupArn(group)),
  },
};
