import { Internal, sealingKeyOf, toBytes, toText, type Sealer } from '../kernel/index.ts';

/** Seals nothing in earnest: a text that says what it was made of, for tests of who seals what with which key. */
export class SimSealer implements Sealer {
  #keyId = 'sim-1';
  readonly #keys = new Set(['sim-1']);

  get keyId(): string {
    return this.#keyId;
  }

  has(keyId: string): boolean {
    return this.#keys.has(keyId);
  }

  /** A new key that seals from now on. */
  use(keyId: string): void {
    this.#keyId = keyId;
    this.#keys.add(keyId);
  }

  seal(plain: Uint8Array, context: string): string {
    return `sealed:${this.#keyId}:${hex(toBytes(context))}.${hex(plain)}`;
  }

  open(sealed: string, context: string): Uint8Array {
    if (!this.#keys.has(sealingKeyOf(sealed))) throw new Internal(`no key for ${sealed}`);
    const [of = '', value = ''] = sealed.slice(sealed.lastIndexOf(':') + 1).split('.');
    if (toText(bytes(of)) !== context) throw new Internal(`not sealed for ${context}`);
    return bytes(value);
  }
}

function hex(of: Uint8Array): string {
  return Array.from(of, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function bytes(of: string): Uint8Array {
  return Uint8Array.from(of.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
