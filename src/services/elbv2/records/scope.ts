export { scopeText, type Scope } from '../../../kernel/index.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** Owns what Longshore runs for itself; only its credential may open the balancer's socket. */
export const platformAccount = '000000000000';
