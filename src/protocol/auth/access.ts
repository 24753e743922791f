import { ApiError } from '../api/index.ts';
import type { AccessQuestion, Authorizer, Questions, RequestContext } from '../api/index.ts';
import type { Family } from '../wire/protocol.ts';

/** Code and HTTP status of a refusal, by the kind of protocol. */
const codes: Readonly<Record<Family, readonly [code: string, status: number]>> = {
  json: ['AccessDeniedException', 400],
  rest: ['AccessDeniedException', 403],
  query: ['AccessDenied', 403],
  ec2: ['UnauthorizedOperation', 403],
};

/** Whoever may everything is asked by the policy of the endpoint that the request came through, and by no other. */
function needsNothing(authorizer: Authorizer, { caller, through }: RequestContext): boolean {
  return through === undefined && authorizer.mayEverything(caller);
}

/** @throws ApiError when the caller's policies do not allow it */
export function enforce(
  authorizer: Authorizer | undefined,
  family: Family,
  question: AccessQuestion,
  context: RequestContext,
): void {
  if (authorizer === undefined || needsNothing(authorizer, context)) return;
  const refusal = authorizer.refusal(question, context);
  if (refusal === undefined) return;
  if (question.or !== undefined && authorizer.refusal(question.or, context) === undefined) return;
  const [code, status] = codes[family];
  throw new ApiError(code, refusal, { status });
}

/** What stands before a handler: all that its operation asks. An operation that asks nothing is for the account's root only. */
export function enforceOperation(
  authorizer: Authorizer | undefined,
  operation: { readonly family: Family; readonly action: string; readonly questions: Questions | undefined },
  input: object,
  context: RequestContext,
): void {
  if (authorizer === undefined || needsNothing(authorizer, context)) return;
  const { family, action, questions } = operation;
  if (questions === undefined && authorizer.mayEverything(context.caller)) {
    enforce(authorizer, family, { action, resource: '*' }, context);
    return;
  }
  if (questions === undefined) {
    const [code, status] = codes[family];
    const message = `${action} is open to the account's root only: Longshore has no policies for it`;
    throw new ApiError(code, message, { status });
  }
  for (const question of questions(input as never, context)) enforce(authorizer, family, question, context);
}
