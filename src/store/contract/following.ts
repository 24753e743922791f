import { toText } from '../../kernel/index.ts';
import type { Revision, StoreEvent, Watcher } from '../store.ts';

/** A watcher that remembers what it was told, as text. */
export function following(): {
  readonly watcher: Watcher;
  readonly seen: () => readonly (readonly [Revision, readonly string[]])[];
  readonly lost: () => readonly Error[];
} {
  const batches: [Revision, string[]][] = [];
  const lost: Error[] = [];
  return {
    watcher: {
      onBatch: ({ revision, events }) => void batches.push([revision, events.map(spell)]),
      onLost: (error) => void lost.push(error),
    },
    seen: () => batches,
    lost: () => lost,
  };
}

function spell(event: StoreEvent): string {
  if (event.type === 'put') return `put ${event.entry.key} ${toText(event.entry.value)}`;
  return `delete ${event.key} @${event.modRevision}`;
}
