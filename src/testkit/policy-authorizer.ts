import type {
  AccessQuestion,
  Authorizer,
  Questions,
  RequestContext,
  ServiceDefinition,
} from '../protocol/api/index.ts';
import {
  accessDeniedMessage,
  evaluate,
  parsePolicy,
  PolicySet,
  principalContext,
  type Principal,
} from '../policy/index.ts';

const account = '123456789012';

/** Who asks in tests of authorization. */
export const testUser: Extract<Principal, { type: 'user' }> = {
  type: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/richard-roe`,
  name: 'richard-roe',
  id: 'AIDARICHARDROE',
};

/** An authorizer by the real policy engine: everybody but roots is `testUser` and has this policy, as its document or the text of one. */
export function policyAuthorizer(policy: object | string): Authorizer {
  const document = parsePolicy(typeof policy === 'string' ? policy : JSON.stringify(policy), { kind: 'inline' });
  const identity = new PolicySet([{ name: 'test', document }]);
  const general = new Map(principalContext(testUser));
  return {
    mayEverything: ({ arn }) => arn.endsWith(':root'),
    refusal({ action, resource, context }) {
      const keys = { get: (key: string) => context?.get(key) ?? general.get(key) };
      const request = { principal: testUser, action, resource, context: keys, policies: { identity } };
      const decision = evaluate(request);
      return decision.outcome === 'allowed' ? undefined : accessDeniedMessage(request, decision);
    },
  };
}

/** Whether a policy allows all that an operation asks. */
export function allows(policy: object | string, questions: readonly AccessQuestion[]): boolean {
  const authorizer = policyAuthorizer(policy);
  const context = testContext();
  const isAllowed = (question: AccessQuestion): boolean =>
    authorizer.refusal(question, context) === undefined || (question.or !== undefined && isAllowed(question.or));
  return questions.every(isAllowed);
}

/** What an operation of a service asks when `testUser` calls it. */
export function questionsOf(
  { authorization }: Pick<ServiceDefinition, 'authorization'>,
  operation: string,
  input: object,
): readonly AccessQuestion[] {
  const questions = authorization?.[operation] as Questions<object> | undefined;
  if (questions === undefined) throw new Error(`${operation} has no questions`);
  return questions(input, testContext());
}

/** A request of `testUser`. */
export function testContext(): RequestContext {
  return {
    caller: { account, accessKeyId: 'AKIDUSER', arn: testUser.arn },
    account,
    region: 'us-east-1',
    requestId: 'r',
    sourceIp: '127.0.0.1',
    userAgent: 'test',
    endpoint: 'http://127.0.0.1:4566',
    receivedMs: 0,
    authorize() {},
  };
}

/** A question as a line: `action resource key=value…`, with the values of those of `keys` that it has. */
export function written({ action, resource, context }: AccessQuestion, keys: readonly string[] = []): string {
  const values = keys.flatMap((key) => {
    const found = context?.get(key.toLowerCase());
    return found === undefined ? [] : [`${key}=${found.join()}`];
  });
  return [action, resource, ...values].join(' ');
}
