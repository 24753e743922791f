import { createHmac } from 'node:crypto';

/** Signing keys by secret and scope; four HMACs are saved for each request of a client that was seen before. */
export class SigningKeys {
  readonly #keys = new Map<string, Buffer>();
  readonly #maximum: number;

  /** @param maximum keys remembered; the oldest goes first */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  get(secretAccessKey: string, date: string, region: string, service: string): Buffer {
    const id = `${date}/${region}/${service}/${secretAccessKey}`;
    const known = this.#keys.get(id);
    if (known !== undefined) return known;
    let key = hmac(`AWS4${secretAccessKey}`, date);
    for (const part of [region, service, 'aws4_request']) key = hmac(key, part);
    if (this.#keys.size >= this.#maximum) {
      for (const oldest of this.#keys.keys()) {
        this.#keys.delete(oldest);
        break;
      }
    }
    this.#keys.set(id, key);
    return key;
  }

  get size(): number {
    return this.#keys.size;
  }
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
