import { InvalidArgument } from '../kernel/index.ts';
import { policyLimits } from './limits.ts';

/**
 * A policy document that cannot be taken: the only thing parsing throws. `message` is AWS's sentence where one is known (IAM's
 * MalformedPolicyDocument, other services their own code), `detail` says for people what is wrong and where.
 */
export class MalformedPolicy extends InvalidArgument {
  readonly detail: string;
  constructor(message: string, detail: string) {
    super(message.slice(0, policyLimits.messageCharacters));
    this.detail = detail.slice(0, policyLimits.messageCharacters);
  }
}

/** IAM's catch-all sentence. */
export function syntaxError(detail: string): MalformedPolicy {
  return new MalformedPolicy('Syntax errors in policy.', detail);
}
