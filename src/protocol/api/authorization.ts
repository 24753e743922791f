import type { Caller, RequestContext } from './service.ts';

/** One question to the caller's policies: may it do this to that? */
export interface AccessQuestion {
  /** As the service authorization reference spells it, such as `ecs:RunTask`. */
  readonly action: string;
  /** An ARN, or `*` for actions without a resource. */
  readonly resource: string;
  /** The account that owns the resource, where its ARN does not say. */
  readonly resourceAccount?: string;
  /** Condition keys in lower case beside the general ones (`aws:sourceip`, `aws:principalarn` …), such as `ecs:cluster`. */
  readonly context?: ReadonlyMap<string, readonly string[]>;
  /** The resource's own policy as its owner wrote it, where the service has such. */
  readonly resourcePolicy?: string;
}

/** What an operation asks of the caller's policies before it is handled. All questions must be allowed. */
export type Questions<Input = never> = (input: Input, context: RequestContext) => readonly AccessQuestion[];

/** Decides. The caller is in the context. */
export interface Authorizer {
  /** Whether nothing needs to be asked: the root of an account. */
  mayEverything(caller: Caller): boolean;
  /** @returns AWS's sentence for the refusal; undefined: allowed */
  refusal(question: AccessQuestion, context: RequestContext): string | undefined;
}
