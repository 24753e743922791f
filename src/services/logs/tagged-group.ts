import { parseArn } from '../../kernel/index.ts';
import type { LogsCore } from './core.ts';
import { findGroup } from './core.ts';
import { invalidParameter, resourceNotFound } from './errors.ts';
import { groupNameOf } from './records/log-group.ts';
import type { LogGroupRecord, Scope } from './records/log-group.ts';

/** The group that a tagging action names by ARN; groups are the only resources that can be tagged here. */
export function taggedGroup(core: LogsCore, scope: Scope, resourceArn: string): LogGroupRecord {
  if (parseArn(resourceArn) === undefined) throw invalidParameter(`Invalid resource ARN: ${resourceArn}`);
  const name = groupNameOf(scope, resourceArn);
  if (name === undefined) throw resourceNotFound();
  return findGroup(core, scope, name);
}
