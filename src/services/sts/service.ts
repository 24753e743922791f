import type { Handlers, ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/sts.ts';
import { getCallerIdentity } from './actions/get-caller-identity.ts';
import { invalidInput } from './errors.ts';

/** AWS Security Token Service. */
export function stsService(): ServiceDefinition {
  const handlers: Handlers<Operations> = { GetCallerIdentity: getCallerIdentity };
  return { name: 'sts', handlers: handlers as ServiceDefinition['handlers'], invalid: invalidInput };
}
