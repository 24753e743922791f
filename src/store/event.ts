import type { StoreEvent } from './store.ts';

export function keyOfEvent(event: StoreEvent): string {
  return event.type === 'put' ? event.entry.key : event.key;
}
