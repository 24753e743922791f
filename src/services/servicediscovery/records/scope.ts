/** The account and region a record belongs to. */
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
