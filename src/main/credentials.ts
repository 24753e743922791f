import type { Clock } from '../kernel/index.ts';
import type { Caller, CallerPrincipal, Credential, CredentialStore } from '../protocol/api/index.ts';
import type { Identities } from '../services/iam/index.ts';
import type { Installation } from './installation.ts';
import type { Session, SessionTokens } from './session-tokens.ts';

/** Account of the default credentials; see README. */
export const defaultAccount = '123456789012';
/** Owns what Longshore runs for itself; only the pool's key signs for it. */
const platformAccount = '000000000000';
const defaultSecret = 'test';
/** Keys and tokens that are remembered; then all are forgotten. */
const maxRemembered = 5_000;

export interface CredentialSources {
  readonly installation: Installation;
  readonly tokens: SessionTokens;
  readonly identities: Pick<Identities, 'accessKey' | 'user' | 'role' | 'changes'>;
  /** Whether a task has not stopped yet: its credentials end with it. */
  isTaskLive(taskArn: string): boolean;
  readonly clock: Clock;
  /** `test`, and every account's twelve digits. */
  readonly wellKnownAllowed: boolean;
}

function rootOf(account: string, accessKeyId: string, secretAccessKey: string): Credential {
  return { secretAccessKey, caller: { account, accessKeyId, arn: `arn:aws:iam::${account}:root` } };
}

interface RememberedSession {
  readonly session: Session;
  readonly credential: Credential;
  /** `identities.changes` when the holder was last seen to exist. */
  seenAt: number;
}

/**
 * Whose key is whose: the installation's own keys; the well-known ones where they are allowed, which is on loopback only; those of users;
 * and temporary ones from their token.
 */
export class InstallationCredentials implements CredentialStore {
  readonly #sources: CredentialSources;
  /** Of users, as of `#usersAt`. */
  readonly #users = new Map<string, Credential>();
  #usersAt = -1;
  readonly #sessions = new Map<string, RememberedSession>();

  constructor(sources: CredentialSources) {
    this.#sources = sources;
  }

  find(accessKeyId: string, sessionToken: string | undefined): Credential | 'expired' | undefined {
    if (sessionToken !== undefined && sessionToken !== '') return this.#session(accessKeyId, sessionToken);
    const { pool, root } = this.#sources.installation;
    if (accessKeyId === pool.accessKeyId) return rootOf(platformAccount, accessKeyId, pool.secretAccessKey);
    if (accessKeyId === root.accessKeyId) return rootOf(defaultAccount, accessKeyId, root.secretAccessKey);
    if (accessKeyId.startsWith('AKIA')) return this.#user(accessKeyId);
    if (!this.#sources.wellKnownAllowed) return undefined;
    if (accessKeyId === 'test') return rootOf(defaultAccount, accessKeyId, defaultSecret);
    if (/^\d{12}$/.test(accessKeyId) && accessKeyId !== platformAccount)
      return rootOf(accessKeyId, accessKeyId, defaultSecret);
    return undefined;
  }

  #user(accessKeyId: string): Credential | undefined {
    const { identities, tokens } = this.#sources;
    if (this.#usersAt !== identities.changes || this.#users.size >= maxRemembered) {
      this.#users.clear();
      this.#usersAt = identities.changes;
    }
    const known = this.#users.get(accessKeyId);
    if (known !== undefined) return known;
    const key = identities.accessKey(accessKeyId);
    const user = key?.status === 'Active' ? identities.user(key.account, key.userName) : undefined;
    if (user === undefined) return undefined;
    const { account, name, path, id } = user;
    const arn = `arn:aws:iam::${account}:user${path}${name}`;
    const caller: Caller = { account, accessKeyId, arn, principal: { type: 'user', account, arn, name, id } };
    const credential = { secretAccessKey: tokens.secretOf(accessKeyId), caller };
    this.#users.set(accessKeyId, credential);
    return credential;
  }

  #session(accessKeyId: string, token: string): Credential | 'expired' | undefined {
    const { clock, identities, isTaskLive } = this.#sources;
    const known = this.#sessions.get(token) ?? this.#open(token);
    if (known?.session.accessKeyId !== accessKeyId) return undefined;
    const { session, credential } = known;
    if (session.expirationMs <= clock.nowMs()) {
      this.#sessions.delete(token);
      return 'expired';
    }
    if (known.seenAt !== identities.changes) {
      if (!this.#exists(session.principal)) return undefined;
      known.seenAt = identities.changes;
    }
    return session.taskArn === undefined || isTaskLive(session.taskArn) ? credential : undefined;
  }

  #open(token: string): RememberedSession | undefined {
    const session = this.#sources.tokens.open(token);
    if (session === undefined) return undefined;
    const { account, accessKeyId, arn, principal, session: given } = session;
    const caller: Caller = {
      account,
      accessKeyId,
      arn,
      session: given,
      ...(principal === undefined ? {} : { principal }),
    };
    const secretAccessKey = this.#sources.tokens.secretOf(accessKeyId);
    const opened: RememberedSession = { session, credential: { secretAccessKey, caller }, seenAt: -1 };
    if (this.#sessions.size >= maxRemembered) this.#sessions.clear();
    this.#sessions.set(token, opened);
    return opened;
  }

  /** Whether who the session was given to is still there: sessions end with their user or role, whoever gets the name then. */
  #exists(principal: CallerPrincipal | undefined): boolean {
    const { identities } = this.#sources;
    if (principal === undefined) return true;
    if (principal.type === 'role-session') {
      if (principal.roleId === noSuchRole) return true;
      return identities.role(principal.account, lastPart(principal.roleArn))?.id === principal.roleId;
    }
    const [arn, id] = principal.type === 'user' ? [principal.arn, principal.id] : [principal.userArn, principal.userId];
    return identities.user(principal.account, lastPart(arn))?.id === id;
  }
}

/** The id of a role that did not exist when a task's credentials were made: they say who the task is, and may nothing. */
export const noSuchRole = 'AROANOSUCHROLE';

/** The name in an ARN with a path. */
export function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
