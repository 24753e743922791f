import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { EpochMs } from '../kernel/index.ts';

/** What a session token says about its holder. */
export interface Session {
  readonly accessKeyId: string;
  readonly account: string;
  /** `arn:aws:sts::…:assumed-role/role/session` */
  readonly arn: string;
  readonly expirationMs: EpochMs;
}

export interface SessionCredentials extends Session {
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

const ivBytes = 12;
const tagBytes = 16;

/**
 * Temporary credentials without a table: the token is the session itself, sealed with the installation's key (AES-256-GCM),
 * and the secret key is derived from the access key id. So they survive restarts, and cost nothing to keep.
 */
export class SessionTokens {
  readonly #key: Buffer;

  constructor(sealingKey: Buffer) {
    this.#key = sealingKey;
  }

  issue(holder: Omit<Session, 'accessKeyId'>): SessionCredentials {
    const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
    const session: Session = { accessKeyId, ...holder };
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv);
    const sealed = Buffer.concat([
      iv,
      cipher.update(JSON.stringify(session), 'utf8'),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    return { ...session, secretAccessKey: this.secretOf(accessKeyId), sessionToken: sealed.toString('base64') };
  }

  /** The session a token was issued for; undefined when it was not issued here. Expiry is the caller's to check. */
  open(token: string): Session | undefined {
    const sealed = Buffer.from(token, 'base64');
    if (sealed.length <= ivBytes + tagBytes) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, ivBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    try {
      const text = Buffer.concat([decipher.update(sealed.subarray(ivBytes, -tagBytes)), decipher.final()]).toString(
        'utf8',
      );
      return JSON.parse(text) as Session;
    } catch {
      return undefined; // not sealed by this installation: a wrong token, like any other
    }
  }

  secretOf(accessKeyId: string): string {
    return createHmac('sha256', this.#key).update(`secret:${accessKeyId}`).digest('base64url');
  }
}
