import type { Clock } from '../kernel/index.ts';
import type { Credential, CredentialStore } from '../protocol/api/index.ts';
import type { Installation } from './installation.ts';
import type { SessionTokens } from './session-tokens.ts';

/** Account of the default credentials; see README. */
export const defaultAccount = '123456789012';
/** Owns what Longshore runs for itself; only the pool's key signs for it. */
const platformAccount = '000000000000';
const defaultSecret = 'test';

function rootOf(account: string, accessKeyId: string, secretAccessKey: string): Credential {
  return { secretAccessKey, caller: { account, accessKeyId, arn: `arn:aws:iam::${account}:root` } };
}

/**
 * Whose key is whose: the installation's own keys; the well-known ones (`test`, and every account's twelve digits) where they are
 * allowed, which is on loopback only; and temporary ones from their token.
 */
export class InstallationCredentials implements CredentialStore {
  readonly #installation: Installation;
  readonly #tokens: SessionTokens;
  readonly #clock: Clock;
  readonly #wellKnownAllowed: boolean;

  constructor(installation: Installation, tokens: SessionTokens, options: { clock: Clock; wellKnownAllowed: boolean }) {
    this.#installation = installation;
    this.#tokens = tokens;
    this.#clock = options.clock;
    this.#wellKnownAllowed = options.wellKnownAllowed;
  }

  find(accessKeyId: string, sessionToken: string | undefined): Credential | 'expired' | undefined {
    if (sessionToken !== undefined && sessionToken !== '') return this.#session(accessKeyId, sessionToken);
    const { pool, root } = this.#installation;
    if (accessKeyId === pool.accessKeyId) return rootOf(platformAccount, accessKeyId, pool.secretAccessKey);
    if (accessKeyId === root.accessKeyId) return rootOf(defaultAccount, accessKeyId, root.secretAccessKey);
    if (!this.#wellKnownAllowed) return undefined;
    if (accessKeyId === 'test') return rootOf(defaultAccount, accessKeyId, defaultSecret);
    if (/^\d{12}$/.test(accessKeyId) && accessKeyId !== platformAccount)
      return rootOf(accessKeyId, accessKeyId, defaultSecret);
    return undefined;
  }

  #session(accessKeyId: string, token: string): Credential | 'expired' | undefined {
    const session = this.#tokens.open(token);
    if (session === undefined || session.accessKeyId !== accessKeyId) return undefined;
    if (session.expirationMs <= this.#clock.nowMs()) return 'expired';
    return {
      secretAccessKey: this.#tokens.secretOf(accessKeyId),
      caller: { account: session.account, accessKeyId, arn: session.arn },
    };
  }
}
