import type { Handler, RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/ec2.ts';
import type { Database } from '../../store/index.ts';
import { dryRun } from './errors.ts';
import type { Scope } from './records/scope.ts';

export interface Ec2Deps {
  readonly database: Database;
}

type Input<Name extends keyof Operations> = Operations[Name]['input'];
type Output<Name extends keyof Operations> = Operations[Name]['output'];

/** A handler that finds its answer in the caller's account and region; a dry run stops when the answer is there. */
export function describing<Name extends keyof Operations>(
  describe: (input: Input<Name>, scope: Scope) => Output<Name>,
): Handler<Input<Name>, Output<Name>> {
  return (input: Input<Name> & { readonly DryRun?: boolean | undefined }, { account, region }: RequestContext) => {
    const output = describe(input, { account, region });
    if (input.DryRun === true) throw dryRun();
    return output;
  };
}
