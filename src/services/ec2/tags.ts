import type { Tag } from '../../protocol/generated/ec2.ts';
import type { Tagged } from './records/scope.ts';

/** Tags as answers show them. */
export function tagList({ tags }: Tagged): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
