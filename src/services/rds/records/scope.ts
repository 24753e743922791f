import { formatArn, type Scope } from '../../../kernel/index.ts';

export { scopeText, type Scope } from '../../../kernel/index.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** @param resource such as `db:shop` or `subgrp:private` */
export function rdsArn({ account, region }: Scope, resource: string): string {
  return formatArn('rds', region, account, resource);
}
