/**
 * Who makes a request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
export type Principal =
  | RootPrincipal
  | UserPrincipal
  | RoleSessionPrincipal
  | FederatedUserPrincipal
  | ServicePrincipal
  | FederatedPrincipal
  | AnonymousPrincipal;

/** The root user of an account. */
export interface RootPrincipal {
  readonly type: 'root';
  readonly account: string;
}
export interface UserPrincipal {
  readonly type: 'user';
  readonly account: string;
  /** `arn:aws:iam::ACCOUNT:user/PATH/NAME` */
  readonly arn: string;
  readonly name: string;
  /** Unique id, `AIDA…`. */
  readonly id: string;
}
/** A session of a role, by AssumeRole and its kin. */
export interface RoleSessionPrincipal {
  readonly type: 'role-session';
  readonly account: string;
  /** `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION` */
  readonly arn: string;
  /** `arn:aws:iam::ACCOUNT:role/PATH/ROLE` */
  readonly roleArn: string;
  /** Unique id of the role, `AROA…`. */
  readonly roleId: string;
  readonly sessionName: string;
}
/** A session by GetFederationToken. */
export interface FederatedUserPrincipal {
  readonly type: 'federated-user';
  readonly account: string;
  /** `arn:aws:sts::ACCOUNT:federated-user/NAME` */
  readonly arn: string;
  readonly name: string;
  /** The user who federated. */
  readonly userArn: string;
  readonly userId: string;
}
/** An AWS service that acts for itself, such as `ecs-tasks.amazonaws.com` when it assumes a task's role. */
export interface ServicePrincipal {
  readonly type: 'service';
  readonly name: string;
}
/** Somebody whom an identity provider vouches for, in AssumeRoleWithSAML and AssumeRoleWithWebIdentity. */
export interface FederatedPrincipal {
  readonly type: 'federated';
  /** A host name, or the ARN of the provider. */
  readonly provider: string;
}
export interface AnonymousPrincipal {
  readonly type: 'anonymous';
}

/** The account a principal belongs to; undefined for services, identity providers and strangers. */
export function accountOf(principal: Principal): string | undefined {
  return 'account' in principal ? principal.account : undefined;
}

/** How a principal is named in errors and records. */
export function nameOf(principal: Principal): string {
  switch (principal.type) {
    case 'root':
      return `arn:aws:iam::${principal.account}:root`;
    case 'service':
      return principal.name;
    case 'federated':
      return principal.provider;
    case 'anonymous':
      return 'anonymous';
    default:
      return principal.arn;
  }
}

/**
 * The condition keys that follow from who asks, in lower case: spread them into the context of a request. Tags of the principal
 * (`aws:principaltag/…`) are the caller's to add.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
 */
export function principalContext(principal: Principal): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>();
  const set = (key: string, value: string): Map<string, readonly string[]> => keys.set(key, [value]);
  set('aws:principalisawsservice', String(principal.type === 'service'));
  if ('account' in principal) {
    set('aws:principalaccount', principal.account);
    set('aws:principalarn', principal.type === 'role-session' ? principal.roleArn : nameOf(principal));
  }
  switch (principal.type) {
    case 'root':
      set('aws:principaltype', 'Account');
      set('aws:userid', principal.account);
      break;
    case 'user':
      set('aws:principaltype', 'User');
      set('aws:userid', principal.id);
      set('aws:username', principal.name);
      break;
    case 'role-session':
      set('aws:principaltype', 'AssumedRole');
      set('aws:userid', `${principal.roleId}:${principal.sessionName}`);
      break;
    case 'federated-user':
      set('aws:principaltype', 'FederatedUser');
      set('aws:userid', `${principal.account}:${principal.name}`);
      break;
    case 'service':
      set('aws:principalservicename', principal.name);
      set('aws:principalservicenameslist', principal.name);
      break;
    case 'anonymous':
      set('aws:principaltype', 'Anonymous');
      set('aws:userid', 'anonymous');
      break;
    case 'federated':
      break;
  }
  return keys;
}
