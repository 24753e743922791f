import {
  accessDeniedMessage,
  evaluate,
  parsePolicy,
  PolicySet,
  principalContext,
  type AccessRequest,
  type ApplicablePolicies,
} from '../policy/index.ts';
import { parseArn } from '../kernel/index.ts';
import type { AccessQuestion, Authorizer, Caller, CallerPrincipal, RequestContext } from '../protocol/api/index.ts';
import type { Identities, IdentityPolicies } from '../services/iam/index.ts';
import { lastPart } from './credentials.ts';
import { RequestValues, valuesOfCaller, type CallerValues } from './request-values.ts';

/** What is known of a caller as long as IAM does not change. */
interface KnownCaller {
  /** `identities.changes` when it was made. */
  readonly madeAt: number;
  readonly policies: ApplicablePolicies;
  readonly values: CallerValues;
  /**
   * Questions that were allowed, with all that the policies asked of the request and were told: asked again by a request that says the
   * same to that, they are allowed again, because deciding knows nothing else.
   */
  readonly allowed: Map<string, Told>;
}

const nothing: IdentityPolicies = { identity: new PolicySet([]), tags: [] };
/** Policies of resources and roles that are remembered compiled; then all are forgotten. */
const maxRememberedDocuments = 1_000;
/** Of one caller. */
const maxRememberedAnswers = 256;

const documentKinds = {
  trust: { name: 'the trust policy', options: { kind: 'trust' } },
  resource: { name: "the resource's policy", options: { kind: 'resource', resourceElement: 'optional' } },
  endpoint: { name: "the VPC endpoint's policy", options: { kind: 'resource' } },
} as const;

type Told = ReadonlyMap<string, readonly string[] | undefined>;

function remember(allowed: Map<string, Told>, key: string, told: Told): void {
  if (allowed.size >= maxRememberedAnswers) allowed.clear();
  allowed.set(key, told);
}

/**
 * Decides requests by IAM's policies: of the caller with its groups, boundary and session, of the resource, of the role to be assumed.
 * The root of an account may all of it, which is not asked here.
 */
export class PolicyAuthorizer implements Authorizer {
  readonly #identities: Identities;
  readonly #callers = new WeakMap<Caller, KnownCaller>();
  readonly #documents = new Map<string, PolicySet>();

  constructor(identities: Identities) {
    this.#identities = identities;
  }

  mayEverything({ principal, account, arn }: Caller): boolean {
    return principal === undefined && arn === `arn:aws:iam::${account}:root`;
  }

  refusal(question: AccessQuestion, context: RequestContext): string | undefined {
    const { caller } = context;
    const { principal } = caller;
    if (principal === undefined) {
      if (this.mayEverything(caller)) return this.#refusalOfRoot(question, context);
      return `User: ${caller.arn} is not authorized to perform: ${question.action} on resource: ${question.resource}`;
    }
    const known = this.#known(caller, principal);
    const { action, resource, resourceAccount, resourcePolicy, trustPolicy } = question;
    const alone = resourcePolicy === undefined && trustPolicy === undefined && context.through === undefined;
    const key = alone ? `${action} ${resourceAccount ?? ''} ${resource}` : '';
    const values = new RequestValues(question, context, known.values);
    const earlier = known.allowed.get(key);
    if (earlier !== undefined && values.saysTheSame(earlier)) return undefined;
    const request: AccessRequest = {
      principal,
      action,
      resource,
      ...(resourceAccount === undefined ? {} : { resourceAccount }),
      context: values,
      policies: alone ? known.policies : this.#policiesFor(known, question, context),
    };
    const decision = evaluate(request);
    if (decision.outcome !== 'allowed') return accessDeniedMessage(request, decision);
    if (alone) remember(known.allowed, key, values.told);
    return undefined;
  }

  /** The root may all in its own account; what another account owns, when that account's policy lets it. */
  #refusalOfRoot(question: AccessQuestion, context: RequestContext): string | undefined {
    const { action, resource, resourceAccount, resourcePolicy } = question;
    const { account } = context.caller;
    const named = resourceAccount ?? parseArn(resource)?.account ?? '';
    const owner = named === '' ? account : named;
    if (owner === account && context.through === undefined) return undefined;
    const principal = { type: 'root', account } as const;
    const request: AccessRequest = {
      principal,
      action,
      resource,
      resourceAccount: owner,
      context: new RequestValues(question, context, principalContext(principal)),
      policies: {
        ...(resourcePolicy === undefined ? {} : { resource: this.#document(resourcePolicy, 'resource') }),
        ...this.#endpointPolicy(context),
      },
    };
    const decision = evaluate(request);
    return decision.outcome === 'allowed' ? undefined : accessDeniedMessage(request, decision);
  }

  /** Of the VPC endpoint that the request came through. */
  #endpointPolicy({ through }: RequestContext): Pick<ApplicablePolicies, 'endpoint'> {
    if (through === undefined) return {};
    return { endpoint: through.policy === undefined ? nothing.identity : this.#document(through.policy, 'endpoint') };
  }

  #policiesFor(
    { policies }: KnownCaller,
    { resourcePolicy, trustPolicy }: AccessQuestion,
    context: RequestContext,
  ): ApplicablePolicies {
    return {
      ...policies,
      ...this.#endpointPolicy(context),
      ...(resourcePolicy === undefined ? {} : { resource: this.#document(resourcePolicy, 'resource') }),
      ...(trustPolicy === undefined ? {} : { trust: this.#document(trustPolicy, 'trust') }),
    };
  }

  #known(caller: Caller, principal: CallerPrincipal): KnownCaller {
    const present = this.#callers.get(caller);
    if (present?.madeAt === this.#identities.changes) return present;
    const { identity, boundary, tags } = this.#identityOf(principal);
    const { policies: texts = [], policyArns = [] } = caller.session ?? {};
    const limited = texts.length + policyArns.length > 0;
    const made: KnownCaller = {
      madeAt: this.#identities.changes,
      policies: {
        identity,
        ...(boundary === undefined ? {} : { boundary }),
        ...(limited ? { session: this.#identities.ofSession(principal.account, texts, policyArns) } : {}),
      },
      values: valuesOfCaller(caller, principal, tags),
      allowed: new Map(),
    };
    this.#callers.set(caller, made);
    return made;
  }

  /** Nobody has the policies of somebody else of the same name. */
  #identityOf(principal: CallerPrincipal): IdentityPolicies {
    const { account } = principal;
    if (principal.type === 'role-session') {
      const name = lastPart(principal.roleArn);
      if (this.#identities.role(account, name)?.id !== principal.roleId) return nothing;
      return this.#identities.ofRole(account, name) ?? nothing;
    }
    const [name, id] =
      principal.type === 'user' ? [principal.name, principal.id] : [lastPart(principal.userArn), principal.userId];
    if (this.#identities.user(account, name)?.id !== id) return nothing;
    return this.#identities.ofUser(account, name) ?? nothing;
  }

  #document(text: string, kind: keyof typeof documentKinds): PolicySet {
    const key = `${kind} ${text}`;
    const known = this.#documents.get(key);
    if (known !== undefined) return known;
    const { name, options } = documentKinds[kind];
    const document = parsePolicy(text, options);
    const set = new PolicySet([{ name, document }]);
    if (this.#documents.size >= maxRememberedDocuments) this.#documents.clear();
    this.#documents.set(key, set);
    return set;
  }
}
