import type { LogGroup } from '../../../protocol/generated/logs.ts';
import type { Action, LogsCore } from '../core.ts';
import { scopeOf } from '../core.ts';
import { invalidParameter, notImplemented } from '../errors.ts';
import { maxDescribed } from '../limits.ts';
import { formatNameToken, parseNameToken } from '../name-token.ts';
import { groupNameOf, logGroupArn, logGroupKey, logGroups, scopeText } from '../records/log-group.ts';
import type { LogGroupRecord } from '../records/log-group.ts';
import { pageOf } from '../sorted-index.ts';

/** Groups in order of their names. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html */
export function describeLogGroups(core: LogsCore): Action<'DescribeLogGroups'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern, logGroupIdentifiers, nextToken } = input;
    if (prefix !== undefined && pattern !== undefined) {
      throw invalidParameter('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
    }
    if (input.includeLinkedAccounts === true || input.accountIdentifiers !== undefined) {
      throw notImplemented('cross-account observability');
    }
    if (input.logGroupClass !== undefined && input.logGroupClass !== 'STANDARD') return { logGroups: [] };
    const describe = (name: string): LogGroup[] => {
      const found = core.database.get(logGroups, logGroupKey(scope, name));
      return found === undefined ? [] : [shape(core, found.row, pattern !== undefined)];
    };
    if (logGroupIdentifiers !== undefined) {
      const names = logGroupIdentifiers.flatMap((identifier) => groupNameOf(scope, identifier) ?? []);
      return { logGroups: names.flatMap(describe) };
    }
    const after = nextToken === undefined ? undefined : parseNameToken(nextToken);
    const page = pageOf(core.groupsByName.list(scopeText(scope)), {
      from: after ?? { rank: 0, name: prefix ?? '' },
      beyond: after !== undefined,
      limit: input.limit ?? maxDescribed,
      keep: ({ name }) => pattern === undefined || name.includes(pattern),
      stop: ({ name }) => prefix !== undefined && !name.startsWith(prefix),
    });
    const last = page.entries.at(-1);
    return {
      logGroups: page.entries.flatMap(({ name }) => describe(name)),
      ...(page.more && last !== undefined ? { nextToken: formatNameToken(last) } : {}),
    };
  };
}

function shape(core: LogsCore, row: LogGroupRecord, brief: boolean): LogGroup {
  const arn = logGroupArn(row, row.name);
  const short: LogGroup = { logGroupName: row.name, creationTime: row.createdAtMs, arn: `${arn}:*` };
  if (brief) return short;
  return {
    ...short,
    ...(row.retentionInDays === undefined ? {} : { retentionInDays: row.retentionInDays }),
    metricFilterCount: 0,
    storedBytes: core.archive.groupBytes(row.id),
    logGroupClass: 'STANDARD',
    logGroupArn: arn,
    deletionProtectionEnabled: row.deletionProtectionEnabled,
  };
}
