import { ApiError } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/cloudtrail.ts';
import { userName } from './identity.ts';
import type { TrailEvent } from './event.ts';
import { maxLookupResults, retentionMs } from './limits.ts';
import type { HistoryPosition } from './ports.ts';
import { namedResources } from './resources.ts';

type Input = Operations['LookupEvents']['input'];
type FoundEvent = NonNullable<Operations['LookupEvents']['output']['Events']>[number];
type Key = NonNullable<Input['LookupAttributes']>[number]['AttributeKey'];

/** A checked LookupEvents. */
export interface Lookup {
  readonly startMs: number;
  readonly endMs: number;
  readonly maxResults: number;
  readonly attribute: { readonly key: Key; readonly value: string } | undefined;
  readonly before: HistoryPosition | undefined;
}

/** @throws InvalidLookupAttributesException, InvalidMaxResultsException, InvalidTimeRangeException, InvalidNextTokenException */
export function readLookup(input: Input, nowMs: number): Lookup {
  const { LookupAttributes: attributes = [], MaxResults: maxResults = maxLookupResults } = input;
  if (attributes.length > 1) {
    throw new ApiError('InvalidLookupAttributesException', 'You can specify only one lookup attribute per request.');
  }
  if (maxResults < 1 || maxResults > maxLookupResults) {
    throw new ApiError('InvalidMaxResultsException', `MaxResults must be between 1 and ${maxLookupResults}.`);
  }
  const { StartTime: start, EndTime: end } = input;
  if (start !== undefined && end !== undefined && start > end) {
    throw new ApiError('InvalidTimeRangeException', 'StartTime must not be after EndTime.');
  }
  const [attribute] = attributes;
  return {
    // Events show seconds, so it is by seconds that a range has them.
    startMs: Math.max(nowMs - retentionMs, start === undefined ? 0 : Math.ceil(start / 1_000) * 1_000),
    endMs: end === undefined ? Number.MAX_SAFE_INTEGER : Math.floor(end / 1_000) * 1_000 + 1_000,
    maxResults,
    attribute: attribute && { key: attribute.AttributeKey, value: attribute.AttributeValue },
    before: input.NextToken === undefined ? undefined : readToken(input.NextToken, input),
  };
}

export function writeToken({ timeMs, sequence }: HistoryPosition, input: Input): string {
  return `${timeMs}.${sequence}.${digest(input)}`;
}

function readToken(token: string, input: Input): HistoryPosition {
  const [, timeMs, sequence, asked] = /^(\d{1,15})\.(\d{1,15})\.([0-9a-f]{1,8})$/.exec(token) ?? [];
  if (asked !== digest(input)) {
    const message = 'The NextToken is not valid, or was given for a request with other parameters.';
    throw new ApiError('InvalidNextTokenException', message);
  }
  return { timeMs: Number(timeMs), sequence: Number(sequence) };
}

/** Tells requests with other parameters apart (FNV-1a); no protection: a token says nothing but where to go on. */
function digest({ LookupAttributes: attributes, StartTime: start, EndTime: end }: Input): string {
  let hash = 0x811c9dc5;
  const text = JSON.stringify([attributes?.map((one) => [one.AttributeKey, one.AttributeValue]), start, end]);
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16);
}

/** The event as LookupEvents answers it; undefined when it is not asked for. */
export function found(json: string, timeMs: number, attribute: Lookup['attribute']): FoundEvent | undefined {
  // Most events of a search are not wanted, and this tells most of those without reading them.
  if (attribute !== undefined && !mayHave(json, attribute)) return undefined;
  const event = JSON.parse(json) as TrailEvent;
  const username = userName(event.userIdentity);
  const shown: FoundEvent = {
    EventId: event.eventID,
    EventName: event.eventName,
    ReadOnly: String(event.readOnly),
    AccessKeyId: event.userIdentity.accessKeyId,
    EventTime: Math.floor(timeMs / 1_000) * 1_000,
    EventSource: event.eventSource,
    ...(username === undefined ? {} : { Username: username }),
    Resources: namedResources([event.requestParameters, event.responseElements]).map(({ arn, type }) => ({
      ...(type === undefined ? {} : { ResourceType: type }),
      ResourceName: arn,
    })),
    CloudTrailEvent: json,
  };
  return attribute === undefined || matches(shown, attribute) ? shown : undefined;
}

function mayHave(json: string, { key, value }: NonNullable<Lookup['attribute']>): boolean {
  // The username of the root and the types of resources are not in the JSON as they are asked for.
  if (key === 'Username' || key === 'ResourceType' || key === 'ReadOnly') return true;
  return json.includes(JSON.stringify(value).slice(1, -1));
}

function matches(event: FoundEvent, { key, value }: NonNullable<Lookup['attribute']>): boolean {
  switch (key) {
    case 'ResourceName':
      return event.Resources?.some(({ ResourceName: arn = '' }) => arn === value || lastPart(arn) === value) === true;
    case 'ResourceType':
      return event.Resources?.some(({ ResourceType: type }) => type === value) === true;
    default:
      return event[key] === value;
  }
}

/** People name resources by their names, too. */
function lastPart(arn: string): string {
  return arn.slice(Math.max(arn.lastIndexOf('/'), arn.lastIndexOf(':')) + 1);
}
