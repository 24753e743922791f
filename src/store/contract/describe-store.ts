import { afterEach, beforeEach, describe } from 'vitest';
import type { Store } from '../store.ts';
import { describeClose, describeHistory } from './history.ts';
import { describeKeysAndValues, describeLimits } from './keys-and-limits.ts';
import { describeLists } from './lists.ts';
import { describeTransactions } from './transactions.ts';
import { describeWatches } from './watches.ts';

/** A store of its own for each test; `discard` frees what the test leaves. */
export interface StoreFactory {
  open(): Promise<Store>;
  discard(store: Store): Promise<void>;
}

/** What every implementation of Store must do. */
export function describeStoreContract(name: string, factory: StoreFactory): void {
  describe(`store contract: ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await factory.open();
    });
    afterEach(async () => {
      await factory.discard(store);
    });
    const current = (): Store => store;
    describeTransactions(current);
    describeKeysAndValues(current);
    describeLimits(current);
    describeLists(current);
    describeWatches(current);
    describeHistory(current);
    describeClose(current);
  });
}
