import { expect } from 'vitest';
import { toBytes } from '../../kernel/index.ts';
import type { Entry, Operation, Revision, Store } from '../store.ts';

export function put(key: string, text = key): Operation {
  return { put: key, value: toBytes(text) };
}

export async function listed(store: Store, prefix: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of store.list(prefix)) entries.push(...page.entries);
  return entries;
}

export async function committed(store: Store, ...operations: readonly Operation[]): Promise<Revision> {
  const { ok, revision } = await store.transact([], operations);
  expect(ok).toBe(true);
  return revision;
}
