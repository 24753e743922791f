import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog, toBytes } from '../../kernel/index.ts';
import { describeStoreContract } from '../contract/describe-store.ts';
import type { Store } from '../store.ts';
import { openEmbeddedStore } from './index.ts';

const directories = new Map<Store, string>();

async function open(): Promise<Store> {
  const directory = mkdtempSync(join(tmpdir(), 'longshore-store-'));
  const store = await openEmbeddedStore({ directory, log: silentLog });
  directories.set(store, directory);
  return store;
}

async function discard(store: Store): Promise<void> {
  await store.close();
  rmSync(directories.get(store) ?? '', { recursive: true });
  directories.delete(store);
}

describeStoreContract('embedded', { open, discard });

describeStoreContract('embedded, opened again', {
  open: async () => {
    const first = await open();
    const directory = directories.get(first) ?? '';
    const value = toBytes('of an earlier life');
    await first.transact(
      [],
      [
        { put: '/k', value },
        { put: '/gone', value },
      ],
    );
    await first.transact([], [{ delete: '/k' }, { delete: '/gone' }]);
    await first.close();
    directories.delete(first);
    const store = await openEmbeddedStore({ directory, log: silentLog });
    directories.set(store, directory);
    return store;
  },
  discard,
});
