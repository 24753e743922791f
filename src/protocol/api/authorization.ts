import type { ConditionValues } from './conditions.ts';
import type { Caller, RequestContext } from './service.ts';

/** One question to the caller's policies: may it do this to that? */
export interface AccessQuestion {
  /** As the service authorization reference spells it, such as `ecs:RunTask`. */
  readonly action: string;
  /** An ARN, or `*` for actions without a resource. */
  readonly resource: string;
  /** The account that owns the resource, where its ARN does not say. */
  readonly resourceAccount?: string;
  /** Condition keys beside the general ones (`aws:sourceip`, `aws:principalarn` …), such as `ecs:cluster`. */
  readonly context?: ConditionValues;
  /** The resource's own policy as its owner wrote it, where the service has such. */
  readonly resourcePolicy?: string;
  /** Of sts:AssumeRole and its kin: the role's trust policy, which must allow as well. */
  readonly trustPolicy?: string;
  /** Permission for this is as good. A refusal names the question, not this one. */
  readonly or?: AccessQuestion;
}

/** What an operation asks of the caller's policies before it is handled. All questions must be allowed. */
export type Questions<Input = never> = (input: Input, context: RequestContext) => readonly AccessQuestion[];

/** Questions for operations of a service, by operation, typed by its generated operations. */
export type Authorization<O> = {
  readonly [K in keyof O]?: O[K] extends { input: infer I } ? Questions<I> : never;
};

/** Decides. The caller is in the context. */
export interface Authorizer {
  /** Whether nothing needs to be asked: the root of an account. */
  mayEverything(caller: Caller): boolean;
  /** @returns AWS's sentence for the refusal; undefined: allowed */
  refusal(question: AccessQuestion, context: RequestContext): string | undefined;
}

/**
 * May the caller hand this role to that service? Asked wherever a request names a role that the service will assume later.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
 * @param service such as `ecs-tasks.amazonaws.com`
 */
export function passRoleQuestion(roleArn: string, service: string): AccessQuestion {
  return { action: 'iam:PassRole', resource: roleArn, context: new Map([['iam:passedtoservice', [service]]]) };
}

/**
 * One question for each of the things that a request names, each once; and `any` as well when it names none, or more than `max`, which no
 * handler takes: so nothing that is named goes unasked.
 */
export function questionsOnEach(
  named: readonly string[] | undefined,
  { max, any }: { readonly max: number; readonly any: () => AccessQuestion },
  question: (name: string) => AccessQuestion,
): readonly AccessQuestion[] {
  const names = [...new Set(named ?? [])];
  const rest = names.length === 0 || names.length > max ? [any()] : [];
  return [...names.slice(0, max).map(question), ...rest];
}
