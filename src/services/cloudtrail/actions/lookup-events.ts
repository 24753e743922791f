import type { CloudTrailHandler, CloudTrailCore } from '../core.ts';
import { notImplemented } from '../errors.ts';
import { lookupPageBytes, lookupPageEvents, maxLookupBytes } from '../limits.ts';
import { found, readLookup, writeToken } from '../lookup.ts';

/**
 * Newest first. A search that finds little stops after a bounded amount of history, with fewer events than asked for, or none, and a
 * NextToken. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
 */
export function lookupEvents({ history, clock }: CloudTrailCore): CloudTrailHandler<'LookupEvents'> {
  return async (input, { account, region }) => {
    if (input.EventCategory !== undefined) throw notImplemented('CloudTrail Insights');
    const { startMs, endMs, maxResults, attribute, before } = readLookup(input, clock.nowMs());
    const events = [];
    let last = before;
    for (let bytes = 0; bytes < maxLookupBytes;) {
      const page = await history.read(
        { account, region },
        {
          startMs,
          endMs,
          maxEvents: attribute === undefined ? maxResults : lookupPageEvents,
          maxBytes: lookupPageBytes,
          ...(last === undefined ? {} : { before: last }),
        },
      );
      for (const [index, { json, timeMs, sequence }] of page.events.entries()) {
        bytes += json.length;
        last = { timeMs, sequence };
        const event = found(json, timeMs, attribute);
        if (event !== undefined) events.push(event);
        const more = page.more || index < page.events.length - 1;
        if (events.length === maxResults)
          return { Events: events, ...(more ? { NextToken: writeToken(last, input) } : {}) };
      }
      if (!page.more) return { Events: events };
    }
    return { Events: events, ...(last === undefined ? {} : { NextToken: writeToken(last, input) }) };
  };
}
