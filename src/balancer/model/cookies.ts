import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** The values of a cookie in a Cookie header; usually none or one. */
export function cookieValue(header: string, name: string): string | undefined {
  if (header === '' || !header.includes(name)) return undefined;
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/** Name of the cookie that a Set-Cookie sets. */
export function setCookieName(value: string): string {
  const equals = value.indexOf('=');
  return equals < 0 ? '' : value.slice(0, equals).trim();
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** What a stickiness cookie remembers. */
export interface Stuck {
  /** The target group, or the target's group. */
  readonly arn: string;
  /** The target's key within the group; empty in a cookie that remembers a group only. */
  readonly target: string;
  readonly untilMs: number;
}

/** Makes stickiness cookies that clients can neither read nor make up, and reads them back. */
export class CookieSeal {
  readonly #key: Buffer;
  readonly #capacity: number;
  readonly #read = new Map<string, Stuck>();

  /** `secret`: the same after a restart, so that clients stay where they are. */
  constructor(secret: Buffer, capacity: number) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'longshore balancer cookies', 32));
    this.#capacity = capacity;
  }

  seal(stuck: Stuck): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#key, nonce);
    const text = JSON.stringify([stuck.arn, stuck.target, stuck.untilMs]);
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
  }

  /** undefined for what was not made here, or is over. */
  open(value: string | undefined, nowMs: number): Stuck | undefined {
    if (value === undefined) return undefined;
    let stuck = this.#read.get(value);
    if (stuck === undefined) {
      stuck = this.#decrypt(value);
      if (stuck === undefined) return undefined;
      if (this.#read.size >= this.#capacity) this.#read.clear();
      this.#read.set(value, stuck);
    }
    return stuck.untilMs > nowMs ? stuck : undefined;
  }

  #decrypt(value: string): Stuck | undefined {
    const bytes = Buffer.from(value, 'base64url');
    if (bytes.length <= nonceBytes + tagBytes) return undefined;
    try {
      const decipher = createDecipheriv(algorithm, this.#key, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      const text = Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString();
      const [arn, target, untilMs] = JSON.parse(text) as [string, string, number];
      return { arn, target, untilMs };
    } catch {
      return undefined; // somebody else's, or tampered with: as if there were none
    }
  }
}

/** The two cookies that an Application Load Balancer sets for one purpose: the second also goes along with requests across sites. */
export function stickyCookies(name: string, value: string, untilMs: number): string {
  const expires = new Date(untilMs).toUTCString();
  return (
    `Set-Cookie: ${name}=${value}; Expires=${expires}; Path=/\r\n` +
    `Set-Cookie: ${name}CORS=${value}; Expires=${expires}; Path=/; SameSite=None; Secure\r\n`
  );
}
