import { ApiError, describeViolations, implement } from '../../protocol/api/index.ts';
import type { ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/sts.ts';
import { getCallerIdentity } from './actions/get-caller-identity.ts';

/** AWS Security Token Service: who a caller is. */
export function stsService(): ServiceDefinition {
  return implement<Operations>({
    name: 'sts',
    handlers: { GetCallerIdentity: getCallerIdentity },
    invalid: (violations) => new ApiError('ValidationError', describeViolations(violations)),
  });
}
