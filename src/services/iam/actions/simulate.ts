import {
  contextKeysOf,
  evaluate,
  explain,
  parsePolicy,
  PolicySet,
  principalContext,
  type AccessRequest,
  type ApplicablePolicies,
  type AttachedPolicy,
  type Finding,
  type Principal,
} from '../../../policy/index.ts';
import type { EvaluationResult, SimulateCustomPolicyRequest, Statement } from '../../../protocol/generated/iam.ts';
import { presentRows, readDocument, type IamDeps, type IamHandler } from '../core.ts';
import { invalidInput } from '../errors.ts';
import { managedPolicy, type SourceType } from '../identities/gather.ts';
import { pageOfList } from '../pages.ts';
import { simulatedPrincipal } from '../simulated-principal.ts';

/** What both simulations are asked, but where the policies come from. */
type Question = Omit<SimulateCustomPolicyRequest, 'PolicyInputList' | 'OrderedOrganizationPolicyInputList'>;

interface Simulated {
  readonly principal: Principal;
  readonly policies: readonly (AttachedPolicy & { readonly sourceType?: SourceType })[];
  readonly boundary: readonly AttachedPolicy[] | undefined;
}

const maxCombinations = 1_000;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html */
export function simulateCustomPolicy(deps: IamDeps): IamHandler<'SimulateCustomPolicy'> {
  return (input, { account }) => {
    if (input.OrderedOrganizationPolicyInputList !== undefined)
      throw notImplemented('OrderedOrganizationPolicyInputList');
    const policies = inputPolicies(input.PolicyInputList, 'PolicyInputList');
    const principal =
      input.CallerArn === undefined
        ? {
            type: 'user' as const,
            account,
            arn: `arn:aws:iam::${account}:user/simulated`,
            name: 'simulated',
            id: 'AIDASIMULATED',
          }
        : simulatedPrincipal(presentRows(deps.db), account, input.CallerArn).principal;
    return simulation(input, { principal, policies, boundary: boundaryOf(input) });
  };
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html */
export function simulatePrincipalPolicy({ db }: IamDeps): IamHandler<'SimulatePrincipalPolicy'> {
  return (input, { account }) => {
    if (input.PolicyExclusionList !== undefined) throw notImplemented('PolicyExclusionList');
    const rows = presentRows(db);
    const source = simulatedPrincipal(rows, account, input.PolicySourceArn);
    const caller = input.CallerArn === undefined ? source : simulatedPrincipal(rows, account, input.CallerArn);
    const policies = [...source.policies, ...inputPolicies(input.PolicyInputList ?? [], 'PolicyInputList')];
    const { boundary: arn } = source;
    const own =
      arn === undefined
        ? undefined
        : managedPolicy(rows, (text, kind) => parsePolicy(text, { kind }), { account, arn });
    return simulation(input, { principal: caller.principal, policies, boundary: boundaryOf(input) ?? own });
  };
}

function boundaryOf({ PermissionsBoundaryPolicyInputList: texts }: Question): readonly AttachedPolicy[] | undefined {
  return texts === undefined ? undefined : inputPolicies(texts, 'PermissionsBoundaryPolicyInputList');
}

function inputPolicies(texts: readonly string[], list: string): AttachedPolicy[] {
  return texts.map((text, index) => ({ name: `${list}.${index + 1}`, document: readDocument(text, 'inline') }));
}

function notImplemented(what: string): Error {
  return invalidInput(`${what} is not implemented by Longshore`);
}

function simulation(input: Question, { principal, policies, boundary }: Simulated) {
  if (input.ResourceHandlingOption !== undefined) throw notImplemented('ResourceHandlingOption');
  const { ActionNames: actions, ResourceArns: resources = ['*'] } = input;
  for (const action of actions) if (!/^[\w-]+:[\w*?]+$/.test(action)) throw invalidInput(`Invalid Action: ${action}`);
  if (actions.length * resources.length > maxCombinations) {
    throw invalidInput(`A simulation may have ${maxCombinations} actions times resources at most`);
  }
  const context = new Map(principalContext(principal));
  for (const { ContextKeyName: key, ContextKeyValues: values = [] } of input.ContextEntries ?? []) {
    if (key !== undefined) context.set(key.toLowerCase(), values);
  }
  const resourcePolicy: readonly AttachedPolicy[] | undefined =
    input.ResourcePolicy === undefined
      ? undefined
      : [{ name: 'ResourcePolicy', document: readDocument(input.ResourcePolicy, 'resource') }];
  const applicable: ApplicablePolicies = {
    identity: new PolicySet(policies),
    ...(boundary === undefined ? {} : { boundary: new PolicySet(boundary) }),
    ...(resourcePolicy === undefined ? {} : { resource: new PolicySet(resourcePolicy) }),
  };
  const keys = contextKeysOf([...policies, ...(boundary ?? []), ...(resourcePolicy ?? [])]);
  const missing = [...keys].filter((key) => !context.has(key)).sort();
  const owner = /^(?:arn:aws:iam::)?(\d{12})/.exec(input.ResourceOwner ?? '')?.[1];
  const pairs = actions.flatMap((action) => resources.map((resource) => ({ action, resource })));
  const { items, rest } = pageOfList(pairs, ({ action, resource }) => `${action} ${resource}`, input);
  const results = items.map(({ action, resource }) =>
    resultOf(
      {
        principal,
        action,
        resource,
        context,
        policies: applicable,
        ...(owner === undefined ? {} : { resourceAccount: owner }),
      },
      missing,
    ),
  );
  return { EvaluationResults: results, ...rest };
}

function resultOf(request: AccessRequest, missing: readonly string[]): EvaluationResult {
  const { decision, findings } = explain(request);
  const effect = decision.outcome === 'explicitDeny' ? 'Deny' : 'Allow';
  const matched = findings.filter(({ applies, source }) => applies && source.statement.effect === effect);
  const { boundary } = request.policies;
  return {
    EvalActionName: request.action,
    EvalResourceName: request.resource,
    EvalDecision: decision.outcome,
    MatchedStatements: matched.map(matchedStatement),
    MissingContextValues: missing,
    ...(boundary === undefined
      ? {}
      : {
          PermissionsBoundaryDecisionDetail: {
            AllowedByPermissionsBoundary:
              evaluate({ ...request, policies: { identity: boundary } }).outcome === 'allowed',
          },
        }),
  };
}

/** Positions are lines and columns of the document as it was given. */
function matchedStatement({ type, source: { policy, statement } }: Finding): Statement {
  const { sourceType = type === 'resource' ? 'resource' : 'none' } = policy as { sourceType?: SourceType };
  return {
    SourcePolicyId: policy.name,
    SourcePolicyType: sourceType,
    StartPosition: { Line: statement.start.line, Column: statement.start.column },
    EndPosition: { Line: statement.end.line, Column: statement.end.column },
  };
}
