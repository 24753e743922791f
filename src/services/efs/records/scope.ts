import { formatArn, type Scope } from '../../../kernel/index.ts';

export { scopeText, type Scope } from '../../../kernel/index.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** @param resource such as `file-system/fs-0123…` */
export function efsArn({ account, region }: Scope, resource: string): string {
  return formatArn('elasticfilesystem', region, account, resource);
}
