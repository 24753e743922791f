/** The account and region a record belongs to; the first two parts of every key. */
export interface Scope {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export function scopeText({ account, region }: Scope): string {
  return `${account}/${region}`;
}

/** Owns what Longshore runs for itself; only its credential may open the balancer's socket. */
export const platformAccount = '000000000000';
