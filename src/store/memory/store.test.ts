import { describeStoreContract } from '../contract/describe-store.ts';
import { MemoryStore } from './store.ts';

describeStoreContract('memory', {
  open: () => Promise.resolve(new MemoryStore()),
  discard: (store) => store.close(),
});
