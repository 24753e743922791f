import type { Context } from '../match/template.ts';
import type { Principal } from '../principal.ts';
import type { PolicySet, Source } from './policy-set.ts';

/** Where a policy that decides hangs. `trust` is the policy of a role that somebody wants to assume. */
export type PolicyType = 'identity' | 'boundary' | 'session' | 'resource' | 'trust' | 'endpoint';

/** All policies that apply to a request; leave out what there is none of. */
export interface ApplicablePolicies {
  /** Of the user with those of its groups, or of the role. Nobody asks for those of a root user or a service. */
  readonly identity?: PolicySet;
  /** The permissions boundary of the user or role. */
  readonly boundary?: PolicySet;
  /** Those passed to AssumeRole or GetFederationToken. */
  readonly session?: PolicySet;
  /** The policy of the resource. */
  readonly resource?: PolicySet;
  /** Of sts:AssumeRole and its kin: the role's trust policy, which must allow. */
  readonly trust?: PolicySet;
  /** Of the VPC endpoint that the request came through, which must allow and grants nothing. */
  readonly endpoint?: PolicySet;
}

export interface AccessRequest {
  readonly principal: Principal;
  /** Such as `ecs:RunTask`. */
  readonly action: string;
  /** An ARN, or `*` for actions without a resource. */
  readonly resource: string;
  /** The account that owns the resource, where its ARN does not say; the principal's own if neither does. */
  readonly resourceAccount?: string;
  readonly context: Context;
  readonly policies: ApplicablePolicies;
}

/** The words of SimulatePrincipalPolicy's EvalDecision. */
export type Outcome = 'allowed' | 'explicitDeny' | 'implicitDeny';

export interface Decision {
  readonly outcome: Outcome;
  /** The type of policy that decided: that allowed, that denied, or that does not allow. `root` needs no policy. */
  readonly by: PolicyType | 'root';
  /** The statement that allowed or denied. */
  readonly source?: Source;
}
