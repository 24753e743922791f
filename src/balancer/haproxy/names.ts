import { createHash, createHmac, hkdfSync } from 'node:crypto';

const digits = 24;

function digest(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, digits);
}

/** Of one listener; `zone` where its nodes serve their own zone only. */
export function frontendName(listenerArn: string, zone?: string): string {
  return `f${digest(listenerArn, zone ?? '')}`;
}

/** A target group as one load balancer sees it, from one zone where that matters. */
export function backendName(loadBalancerArn: string, groupArn: string, zone?: string): string {
  return `b${digest(loadBalancerArn, groupArn, zone ?? '')}`;
}

/** Names that stickiness cookies carry: they say nothing, cannot be guessed, and are the same after a restart. */
export class SecretNames {
  readonly #key: Buffer;

  constructor(secret: Buffer) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'longshore balancer haproxy names', 32));
  }

  server(groupArn: string, target: string, address: string): string {
    return `s${this.#token('target', groupArn, target, address)}`;
  }

  group(groupArn: string): string {
    return `g${this.#token('group', groupArn)}`;
  }

  #token(...parts: readonly string[]): string {
    return createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest('hex').slice(0, digits);
  }
}
