import { type Scope } from '../../../kernel/index.ts';

export { scopeText, type Scope } from '../../../kernel/index.ts';

/** The installation's own account: its agents and balancers wire the interfaces of all accounts. */
export const platformAccount = '000000000000';

/** What users may tag. At most 50 tags. */
export interface Tagged {
  readonly tags: Readonly<Record<string, string>>;
}

/** What is made with a client token: its id comes from the token, and the same request again answers with it. */
export interface Idempotent {
  /** The request, as JSON, when it had a token. */
  readonly request?: string;
}

/** What all things of a network have. */
export interface NetworkThing extends Scope, Tagged {
  readonly id: string;
}
