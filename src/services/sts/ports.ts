import type { CallerPrincipal, CallerSession } from '../../protocol/api/index.ts';

/** What STS must know of a role to give out sessions of it. */
export interface AssumableRole {
  /** With the path. */
  readonly arn: string;
  readonly account: string;
  readonly name: string;
  readonly id: string;
  /** The trust policy. */
  readonly trust: string;
  readonly maxSessionSeconds: number;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

/** What STS needs of IAM. */
export interface Roles {
  /** Undefined: no role has that ARN. */
  find(arn: string): AssumableRole | undefined;
  /** Whether an account has a managed policy, its own or AWS's. */
  hasPolicy(account: string, arn: string): boolean;
}

export interface SessionRequest {
  readonly account: string;
  readonly arn: string;
  /** Absent: the root of the account. */
  readonly principal?: CallerPrincipal;
  readonly session: CallerSession;
  readonly expirationMs: number;
}

export interface IssuedSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Of the room that a token has, in percent; above 100 it must not be given out. */
  readonly packedPercent: number;
}

/** Makes temporary credentials. */
export interface Sessions {
  issue(request: SessionRequest): IssuedSession;
}
