/**
 * Keeps values unreadable at rest. A sealed text says which of the installation's keys it needs, so that keys can be changed:
 * new values are sealed with the present key, old ones stay readable until they were sealed again. Cryptography is the platform's.
 */
export interface Sealer {
  /** The key that `seal` uses now. */
  readonly keyId: string;
  /** Whether values sealed with this key can be opened. */
  has(keyId: string): boolean;
  /** @param context what the value belongs to, such as an ARN and a version: it opens with the same context only */
  seal(plain: Uint8Array, context: string): string;
  /** @throws Internal when it was not sealed with this context and a key of this installation, or was changed */
  open(sealed: string, context: string): Uint8Array;
}

/** The key a sealed text needs; empty for a text that is none. */
export function sealingKeyOf(sealed: string): string {
  return /^sealed:([0-9a-z-]+):/.exec(sealed)?.[1] ?? '';
}
