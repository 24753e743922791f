/** The account and region a record belongs to. */
export interface Scope {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
}

export function scopeText({ account, region }: Scope): string {
  return `${account}/${region}`;
}
