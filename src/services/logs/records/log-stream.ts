import type { TableSpec } from '../../../store/index.ts';
import type { StreamRef } from '../ports.ts';
import { logGroupArn, scopeText } from './log-group.ts';
import type { LogGroupRecord, Scope } from './log-group.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogStream.html */
export interface LogStreamRecord extends Scope {
  readonly groupName: string;
  readonly groupId: string;
  readonly name: string;
  /** 16 hexadecimal digits; names the stream in the archive. */
  readonly id: string;
  readonly createdAtMs: number;
  /** Events come in, or came in when the server ended: the times below may be behind the archive's. */
  readonly active: boolean;
  readonly firstEventMs?: number;
  readonly lastEventMs?: number;
  readonly lastIngestionMs?: number;
}

export function logStreamKey(group: LogGroupRecord, name: string): string {
  return `/logs/stream/${scopeText(group)}/${group.id}/${encodeURIComponent(name)}`;
}

export function logStreamArn(scope: Scope, groupName: string, name: string): string {
  return `${logGroupArn(scope, groupName)}:log-stream:${name}`;
}

/** How the archive names the stream. */
export function streamRef(row: LogStreamRecord): StreamRef {
  return { groupId: row.groupId, streamId: row.id };
}

export const logStreams: TableSpec<LogStreamRecord, 'group' | 'id' | 'activeInGroup' | 'active'> = {
  prefix: '/logs/stream/',
  indexes: {
    group: (row) => row.groupId,
    id: (row) => row.id,
    activeInGroup: (row) => (row.active ? row.groupId : undefined),
    active: (row) => (row.active ? 'active' : undefined),
  },
};
