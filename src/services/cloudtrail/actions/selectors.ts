import { ApiError } from '../../../protocol/api/index.ts';
import {
  changedTrail,
  neededTrail,
  presentRows,
  type CloudTrailCore,
  type CloudTrailHandler,
  type Input,
} from '../core.ts';
import { describedSelectors } from '../described.ts';
import { notImplemented } from '../errors.ts';
import { maxEventSelectors } from '../limits.ts';
import { trailKey, trails, type EventSelector } from '../records/trail.ts';

export function putEventSelectors({ database }: CloudTrailCore): CloudTrailHandler<'PutEventSelectors'> {
  return async (input, { account, region }) => {
    const selectors = readSelectors(input);
    const { result } = await database.transact((tx) => {
      const trail = { ...changedTrail(tx, { account, region }, input.TrailName), selectors };
      tx.put(trails, trailKey(trail, trail.name), trail);
      return trail;
    });
    return describedSelectors(result);
  };
}

export function getEventSelectors({ database }: CloudTrailCore): CloudTrailHandler<'GetEventSelectors'> {
  return ({ TrailName: name }, { account, region }) =>
    describedSelectors(neededTrail(presentRows(database), { account, region }, name));
}

/** @throws InvalidEventSelectorsException */
function readSelectors(input: Input<'PutEventSelectors'>): readonly EventSelector[] {
  if (input.AdvancedEventSelectors !== undefined) throw notImplemented('AdvancedEventSelectors');
  const given = input.EventSelectors ?? [];
  if (given.length === 0 || given.length > maxEventSelectors) {
    throw new ApiError('InvalidEventSelectorsException', `Give 1 to ${maxEventSelectors} event selectors`);
  }
  return given.map((selector) => {
    if ((selector.DataResources ?? []).length > 0) throw notImplemented('DataResources');
    return {
      readWriteType: selector.ReadWriteType ?? 'All',
      includeManagementEvents: selector.IncludeManagementEvents ?? true,
      excludedSources: selector.ExcludeManagementEventSources ?? [],
    };
  });
}
