/** The account and region that something belongs to. */
export interface Scope {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
}

/** The two parts of whatever has them, such as the context of a request. */
export function scopeOf({ account, region }: Scope): Scope {
  return { account, region };
}

/** As keys and values of indexes have it. */
export function scopeText({ account, region }: Scope): string {
  return `${account}/${region}`;
}
