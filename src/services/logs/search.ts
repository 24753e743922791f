import type { LogsCore } from './core.ts';
import type { LogFilter } from './filter/filter.ts';
import { maxPageBytes } from './limits.ts';
import { eventOverheadBytes } from './ports.ts';
import type { ArchivedEvent, Position, ReadRequest } from './ports.ts';
import { toBytes } from '../../kernel/index.ts';

/** Work of one request: characters looked at, times the filter's cost. Beyond it the answer ends with a token. */
const maxWork = 64_000_000;
/** Work between two pauses in which other requests are served. */
const workPerRead = 8_000_000;

export interface SearchRequest extends Omit<ReadRequest, 'maxEvents' | 'maxBytes'> {
  readonly filter: LogFilter;
  readonly limit: number;
}

export interface SearchResult {
  readonly events: readonly ArchivedEvent[];
  /** Where to go on; absent when everything has been searched. */
  readonly next?: Position;
}

/** Finds the events that pass a filter, up to a page of them and up to a bounded amount of work. */
export async function search(core: LogsCore, request: SearchRequest): Promise<SearchResult> {
  const { filter, limit } = request;
  const readBytes = Math.max(
    eventOverheadBytes,
    Math.min(maxPageBytes, Math.floor(workPerRead / Math.max(1, filter.cost))),
  );
  const events: ArchivedEvent[] = [];
  let after = request.after;
  let bytes = 0;
  let work = 0;
  for (;;) {
    const start = after === undefined ? {} : { after };
    const page = await core.archive.read({ ...request, ...start, maxEvents: limit, maxBytes: readBytes });
    for (const [index, event] of page.events.entries()) {
      const size = toBytes(event.message).length + eventOverheadBytes;
      work += size * Math.max(1, filter.cost);
      if (filter.matches(event.message)) {
        if (events.length > 0 && bytes + size > maxPageBytes) return continued(events, after);
        events.push(event);
        bytes += size;
      }
      after = event;
      const isLast = index === page.events.length - 1 && !page.more;
      if (events.length >= limit && !isLast) return continued(events, after);
    }
    if (!page.more) return { events };
    if (work >= maxWork) return continued(events, after);
  }
}

function continued(events: readonly ArchivedEvent[], next: Position | undefined): SearchResult {
  return next === undefined ? { events } : { events, next };
}
