import { InvalidArgument } from '../kernel/index.ts';

/**
 * A policy document that cannot be taken: the only thing parsing throws. `message` is AWS's sentence where one is known (IAM's
 * MalformedPolicyDocument, other services their own code), `detail` says for people what is wrong and where.
 */
export class MalformedPolicy extends InvalidArgument {
  readonly detail: string;
  constructor(message: string, detail: string) {
    super(message);
    this.detail = detail;
  }
}

/** IAM's catch-all sentence. */
export function syntaxError(detail: string): MalformedPolicy {
  return new MalformedPolicy('Syntax errors in policy.', detail);
}
