import { formatArn, parseArn, scopeText, type Scope } from '../../../kernel/index.ts';
import type { TableSpec } from '../../../store/index.ts';

export { scopeText, type Scope } from '../../../kernel/index.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogGroup.html */
export interface LogGroupRecord extends Scope {
  readonly name: string;
  /** 16 hexadecimal digits, new each time a group of this name is made; names the group in the archive. */
  readonly id: string;
  readonly createdAtMs: number;
  /** Absent: events never expire. */
  readonly retentionInDays?: number;
  readonly deletionProtectionEnabled: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

export function logGroupKey(scope: Scope, name: string): string {
  return `/logs/group/${scopeText(scope)}/${name}`;
}

export function logGroupArn(scope: Scope, name: string): string {
  return formatArn('logs', scope.region, scope.account, `log-group:${name}`);
}

/** The group's name in a name or an ARN, with or without `:*`; undefined for an ARN of another account, region or kind. */
export function groupNameOf(scope: Scope, identifier: string): string | undefined {
  const arn = parseArn(identifier);
  if (arn === undefined) return identifier;
  const name = /^log-group:([^:]+)(:\*)?$/.exec(arn.resource)?.[1];
  return arn.service === 'logs' && arn.account === scope.account && arn.region === scope.region ? name : undefined;
}

export const logGroups: TableSpec<LogGroupRecord, 'scope' | 'id' | 'retention'> = {
  prefix: '/logs/group/',
  indexes: {
    scope: scopeText,
    id: (row) => row.id,
    retention: (row) => (row.retentionInDays === undefined ? undefined : 'limited'),
  },
};

/** First millisecond whose events the group still shows. */
export function retainedFromMs(group: LogGroupRecord, nowMs: number): number {
  return group.retentionInDays === undefined ? 0 : nowMs - group.retentionInDays * 86_400_000;
}
