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

/** @param resource such as `db:shop` or `subgrp:private` */
export function rdsArn({ account, region }: Scope, resource: string): string {
  return formatArn('rds', region, account, resource);
}
