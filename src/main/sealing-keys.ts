import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Internal, messageOf, sealingKeyOf, type Sealer } from '../kernel/index.ts';
import { readIfPresent, writePrivateFile } from '../platform/index.ts';
import { places } from './data-directory.ts';

const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;

interface KeyFile {
  /** Id of the key that seals. */
  readonly current: string;
  /** Base64 by id. More than one: a rotation was begun and not ended. */
  readonly keys: Readonly<Record<string, string>>;
}

function newKey(): readonly [id: string, key: string] {
  return [`k-${randomBytes(6).toString('hex')}`, randomBytes(keyBytes).toString('base64')];
}

function readKeyFile(path: string, text: string): KeyFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Internal(`${path} is not JSON (${messageOf(error)}): put back the file that sealed this data directory`);
  }
  const { current, keys } = (value ?? {}) as Partial<KeyFile>;
  const whole =
    typeof current === 'string' &&
    typeof keys === 'object' &&
    keys[current] !== undefined &&
    Object.values(keys).every((key) => typeof key === 'string' && Buffer.from(key, 'base64').length === keyBytes);
  if (!whole)
    throw new Internal(`${path} is no file of sealing keys: put back the one that sealed this data directory`);
  return { current, keys };
}

/**
 * The keys that seal secret values at rest (AES-256-GCM, the context as additional data), in a file of their own that only the owner can read.
 * One key seals; a rotation adds another, and the old one goes when nothing needs it any more.
 */
export class SealingKeys implements Sealer {
  readonly #path: string;
  #file: KeyFile;

  private constructor(path: string, file: KeyFile) {
    this.#path = path;
    this.#file = file;
  }

  /** Opens the keys of a data directory, making the first one when there is no file. @throws Internal when the file cannot be read */
  static open(directory: string): SealingKeys {
    const path = places.sealingKeys(directory);
    const text = readIfPresent(path);
    if (text !== undefined) return new SealingKeys(path, readKeyFile(path, text));
    const [current, key] = newKey();
    const made = new SealingKeys(path, { current, keys: { [current]: key } });
    made.#write();
    return made;
  }

  get keyId(): string {
    return this.#file.current;
  }

  /** Keys that seal nothing new. */
  get oldKeyIds(): readonly string[] {
    return Object.keys(this.#file.keys).filter((id) => id !== this.#file.current);
  }

  has(keyId: string): boolean {
    return this.#file.keys[keyId] !== undefined;
  }

  seal(plain: Uint8Array, context: string): string {
    const { current } = this.#file;
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', this.#key(current), iv, { authTagLength: tagBytes });
    cipher.setAAD(additionalData(current, context));
    const bytes = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return `sealed:${current}:${bytes.toString('base64')}`;
  }

  open(sealed: string, context: string): Uint8Array {
    const keyId = sealingKeyOf(sealed);
    const key = this.#key(keyId);
    const bytes = Buffer.from(sealed.slice(sealed.lastIndexOf(':') + 1), 'base64');
    if (bytes.length < ivBytes + tagBytes) throw new Internal(`the sealed value of '${context}' is cut short`);
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes });
    decipher.setAAD(additionalData(keyId, context));
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(ivBytes, -tagBytes)), decipher.final()]);
    } catch {
      // node:crypto says only that it could not authenticate.
      throw new Internal(`the sealed value of '${context}' was changed, or belongs to something else`);
    }
  }

  /** Adds a key that seals from now on; the others only open. On disk before it is used. */
  begin(): void {
    const [current, key] = newKey();
    this.#replace({ current, keys: { ...this.#file.keys, [current]: key } });
  }

  /** Removes an old key: call it once nothing is sealed with it. @throws Internal for the present key */
  forget(keyId: string): void {
    if (keyId === this.#file.current) throw new Internal(`the sealing key ${keyId} is in use`);
    const { [keyId]: _gone, ...keys } = this.#file.keys;
    this.#replace({ current: this.#file.current, keys });
  }

  #replace(file: KeyFile): void {
    const before = this.#file;
    this.#file = file;
    try {
      this.#write();
    } catch (error) {
      this.#file = before;
      throw error;
    }
  }

  #write(): void {
    writePrivateFile(this.#path, `${JSON.stringify(this.#file, null, 2)}\n`);
  }

  #key(keyId: string): Buffer {
    const key = this.#file.keys[keyId];
    if (key === undefined)
      throw new Internal(`the sealing key '${keyId}' is not in ${this.#path}: put back the file that has it`);
    return Buffer.from(key, 'base64');
  }
}

/** What a ciphertext is bound to: its form, its key, and what it belongs to. */
function additionalData(keyId: string, context: string): Buffer {
  return Buffer.from(`longshore sealed v1\0${keyId}\0${context}`, 'utf8');
}
