import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { EpochMs } from '../kernel/index.ts';
import type { CallerPrincipal, CallerSession } from '../protocol/api/index.ts';

/** What a session token says about its holder. */
export interface Session {
  readonly accessKeyId: string;
  readonly account: string;
  /** Such as `arn:aws:sts::…:assumed-role/role/session`. */
  readonly arn: string;
  /** Absent: the root of the account. */
  readonly principal?: CallerPrincipal;
  readonly session: CallerSession;
  readonly expirationMs: EpochMs;
  /** Of the credentials of a task role: they end with the task. */
  readonly taskArn?: string;
}

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expirationMs: EpochMs;
  /** Of the room that a token has, in percent. */
  readonly packedPercent: number;
}

const ivBytes = 12;
const tagBytes = 16;
/** Sealed, which is what session policies and tags may take together. */
const maxPackedBytes = 4_096;
const maxUnpackedBytes = 131_072;
const secretCharacters = 40;

/**
 * Temporary credentials without a table: the token is the session itself, packed and sealed with the installation's key (AES-256-GCM),
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
    const packed = deflateRawSync(JSON.stringify(session));
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv);
    const sealed = Buffer.concat([iv, cipher.update(packed), cipher.final(), cipher.getAuthTag()]);
    return {
      accessKeyId,
      secretAccessKey: this.secretOf(accessKeyId),
      sessionToken: sealed.toString('base64'),
      expirationMs: holder.expirationMs,
      packedPercent: Math.ceil((packed.length / maxPackedBytes) * 100),
    };
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
      const packed = Buffer.concat([decipher.update(sealed.subarray(ivBytes, -tagBytes)), decipher.final()]);
      const text = inflateRawSync(packed, { maxOutputLength: maxUnpackedBytes }).toString('utf8');
      return JSON.parse(text) as Session;
    } catch {
      return undefined; // not sealed by this installation, or by a version that packed otherwise: a wrong token, like any other
    }
  }

  /** The secret of an access key, temporary or of a user: it follows from the id, so that it is kept nowhere. */
  secretOf(accessKeyId: string): string {
    const digest = createHmac('sha256', this.#key).update(`secret:${accessKeyId}`).digest('base64url');
    return digest.slice(0, secretCharacters);
  }
}
