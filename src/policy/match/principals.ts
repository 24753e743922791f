import { MalformedPolicy, syntaxError } from '../malformed-policy.ts';
import type { Principal } from '../principal.ts';

export type PrincipalEntryType = 'AWS' | 'Service' | 'Federated';

/** Principal or NotPrincipal of a statement. */
export interface PrincipalMatcher {
  readonly negated: boolean;
  /** `*` stands among them. */
  readonly everyone: boolean;
  /** As written, `*` left out. IAM looks those of type AWS up when it takes a trust policy. */
  readonly entries: readonly { readonly type: PrincipalEntryType; readonly value: string }[];
  /** ARNs and unique ids of users, roles and sessions. */
  readonly entities: ReadonlySet<string>;
  readonly accounts: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
  readonly providers: ReadonlySet<string>;
}

const accountPattern = /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/;
const entityPattern =
  /^arn:aws:(?:iam::\d{12}:(?:user|role)\/[^*?]+|sts::\d{12}:(?:assumed-role\/[^/*?]+\/[^/*?]+|federated-user\/[^/*?]+))$/;
const uniqueIdPattern = /^A[A-Z0-9]{15,127}$/;
const servicePattern = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com$/;
const providerPattern = /^(?:arn:aws:iam::\d{12}:(?:saml-provider|oidc-provider)\/\S+|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/i;

/** @throws MalformedPolicy with IAM's sentence `Invalid principal in policy: "AWS":"…"` */
export function readPrincipals(
  entries: readonly { readonly type: string; readonly value: string }[],
  negated: boolean,
): PrincipalMatcher {
  const matcher = {
    negated,
    everyone: false,
    entries: [] as { type: PrincipalEntryType; value: string }[],
    entities: new Set<string>(),
    accounts: new Set<string>(),
    services: new Set<string>(),
    providers: new Set<string>(),
  };
  for (const { type, value } of entries) {
    if (type === 'AWS' && value === '*') {
      matcher.everyone = true;
      continue;
    }
    if (type !== 'AWS' && type !== 'Service' && type !== 'Federated') {
      throw syntaxError(`principals are AWS, Service or Federated, not "${type}"`);
    }
    matcher.entries.push({ type, value });
    const account = type === 'AWS' ? accountPattern.exec(value)?.[1] : undefined;
    if (account !== undefined && (value.startsWith('arn:') ? value.endsWith(':root') : value === account))
      matcher.accounts.add(account);
    else if (type === 'AWS' && (entityPattern.test(value) || uniqueIdPattern.test(value))) matcher.entities.add(value);
    else if (type === 'Service' && servicePattern.test(value)) matcher.services.add(value);
    else if (type === 'Federated' && providerPattern.test(value)) matcher.providers.add(value);
    else throw invalidPrincipal(type, value);
  }
  return matcher;
}

function invalidPrincipal(type: string, value: string): MalformedPolicy {
  return new MalformedPolicy(
    `Invalid principal in policy: "${type.toUpperCase()}":"${value}"`,
    `"${value}" is no ${type} principal; wildcards may not stand for a part of one`,
  );
}

/**
 * How a statement means a principal, from not at all to by name:
 * `account`: through its account, which delegates to the account's own policies;
 * `entity`: through its role, or the user who federated;
 * `direct`: by its own ARN, or as anybody.
 * What each is worth: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
export type PrincipalMatch = 'none' | 'account' | 'entity' | 'direct';

/**
 * NotPrincipal with Deny spares only those of whom every identity is listed: session, role and account. With Allow it leaves out
 * those of whom any is.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
export function matchPrincipal(
  matcher: PrincipalMatcher,
  principal: Principal,
  effect: 'Allow' | 'Deny',
): PrincipalMatch {
  if (matcher.everyone) return matcher.negated ? 'none' : 'direct';
  if (!matcher.negated) return listed(matcher, principal);
  const spared = effect === 'Allow' ? listed(matcher, principal) !== 'none' : everyIdentityListed(matcher, principal);
  return spared ? 'none' : 'direct';
}

function listed(matcher: PrincipalMatcher, principal: Principal): PrincipalMatch {
  switch (principal.type) {
    case 'root':
      return matcher.accounts.has(principal.account) ? 'direct' : 'none';
    case 'service':
      return matcher.services.has(principal.name) ? 'direct' : 'none';
    case 'federated':
      return matcher.providers.has(principal.provider) ? 'direct' : 'none';
    case 'anonymous':
      return 'none';
    default:
      if (ownListed(matcher, principal)) return 'direct';
      if (originListed(matcher, principal)) return 'entity';
      return matcher.accounts.has(principal.account) ? 'account' : 'none';
  }
}

type Entity = Exclude<Principal, { type: 'root' | 'service' | 'federated' | 'anonymous' }>;

function ownListed({ entities }: PrincipalMatcher, principal: Entity): boolean {
  return entities.has(principal.arn) || (principal.type === 'user' && entities.has(principal.id));
}

/** The role of a session, or the user who federated. */
function originListed({ entities }: PrincipalMatcher, principal: Entity): boolean {
  if (principal.type === 'role-session') return entities.has(principal.roleArn) || entities.has(principal.roleId);
  return principal.type === 'federated-user' && (entities.has(principal.userArn) || entities.has(principal.userId));
}

function everyIdentityListed(matcher: PrincipalMatcher, principal: Principal): boolean {
  if (principal.type !== 'user' && principal.type !== 'role-session' && principal.type !== 'federated-user') {
    return listed(matcher, principal) !== 'none';
  }
  const origin = principal.type === 'user' || originListed(matcher, principal);
  return ownListed(matcher, principal) && origin && matcher.accounts.has(principal.account);
}
