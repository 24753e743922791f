import type { Handlers } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/cloudwatch.ts';

export { scopeOf } from '../../../kernel/index.ts';

/** The handler of one CloudWatch operation. */
export type CloudWatchHandler<Name extends keyof Operations> = NonNullable<Handlers<Operations>[Name]>;
