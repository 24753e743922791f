import { formatArn } from '../../../kernel/index.ts';

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

/** @param resource such as `file-system/fs-0123…` */
export function efsArn({ account, region }: Scope, resource: string): string {
  return formatArn('elasticfilesystem', region, account, resource);
}
