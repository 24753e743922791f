export { scopeText, type Scope } from '../../../kernel/index.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}
