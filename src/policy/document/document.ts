import type { Condition } from '../conditions/condition.ts';
import type { ActionMatcher } from '../match/actions.ts';
import type { PrincipalMatcher } from '../match/principals.ts';
import type { ResourceMatcher } from '../match/resources.ts';
import type { Position } from './json.ts';

/**
 * What a document is for, which decides what it must and may not say: a customer managed policy (also as permissions boundary), an inline
 * policy of a user, group or role, the session policy of an AssumeRole, the trust policy of a role, the policy of another resource.
 */
export type PolicyKind = 'managed' | 'inline' | 'session' | 'trust' | 'resource';

export type PolicyVersion = '2008-10-17' | '2012-10-17';

/** A policy document that was read, checked and compiled. Immutable. */
export interface PolicyDocument {
  readonly kind: PolicyKind;
  /** The version of the language; without one in the document it is 2008-10-17. */
  readonly version: PolicyVersion;
  readonly id: string | undefined;
  readonly statements: readonly Statement[];
}

export interface Statement {
  /** Its place in the document, from 0. */
  readonly index: number;
  /** Undefined also when it is empty. */
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  /** Of resource and trust policies only. */
  readonly principals: PrincipalMatcher | undefined;
  readonly actions: ActionMatcher;
  /** Undefined in trust policies, and in those of resources that may leave it out: the resource the policy is attached to. */
  readonly resources: ResourceMatcher | undefined;
  readonly conditions: readonly Condition[];
  /** Its braces in the text. */
  readonly start: Position;
  readonly end: Position;
}
