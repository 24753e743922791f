import type { Handlers, RequestContext } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/cloudwatch.ts';
import type { Scope } from '../records/alarm.ts';

/** The handler of one CloudWatch operation. */
export type CloudWatchHandler<Name extends keyof Operations> = NonNullable<Handlers<Operations>[Name]>;

export function scopeOf({ account, region }: RequestContext): Scope {
  return { account, region };
}
