import { ApiError } from '../../protocol/api/index.ts';
import { notImplemented } from './errors.ts';
import { maxPolicies } from './limits.ts';
import type { ExpirationPolicy } from './records/parameter.ts';

const instant = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;
const dayMs = 86_400_000;

/**
 * The policies of a parameter: one that ends it. Those that only notify need events, which are not there.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
 * @returns undefined for none
 * @throws InvalidPolicyAttributeException, InvalidPolicyTypeException, ValidationException
 */
export function readPolicies(text: string | undefined): ExpirationPolicy | undefined {
  if (text === undefined || text === '' || text === '{}') return undefined;
  const list = parsed(text);
  if (list.length > maxPolicies) throw badAttribute(`A parameter can have at most ${maxPolicies} policies.`);
  const [policy, ...more] = list;
  if (policy === undefined) return undefined;
  const kinds = list.map(typeOf);
  for (const kind of kinds) {
    if (kind === 'ExpirationNotification' || kind === 'NoChangeNotification')
      throw notImplemented(`The policy ${kind}`);
    if (kind !== 'Expiration')
      throw new ApiError('InvalidPolicyTypeException', `The policy type '${kind}' is not supported.`);
  }
  if (more.length > 0) throw badAttribute('A parameter can have one Expiration policy.');
  const { Version: version, Attributes: attributes } = policy as { Version?: unknown; Attributes?: unknown };
  if (version !== '1.0') throw badAttribute('The Version of an Expiration policy is 1.0.');
  const timestamp = (attributes as { Timestamp?: unknown } | null | undefined)?.Timestamp;
  const expiresAtMs = typeof timestamp === 'string' ? instantMs(timestamp) : undefined;
  if (expiresAtMs === undefined) throw badAttribute('The Timestamp of an Expiration policy is an ISO 8601 instant.');
  return { text: JSON.stringify(policy), expiresAtMs };
}

function parsed(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    // Told below, together with what is JSON and no list.
  }
  throw badAttribute('Policies are a JSON list.');
}

function typeOf(policy: unknown): string {
  const type = (policy as { Type?: unknown } | null)?.Type;
  return typeof type === 'string' ? type : '';
}

function badAttribute(message: string): ApiError {
  return new ApiError('InvalidPolicyAttributeException', message);
}

/** Milliseconds since the epoch of an ISO 8601 instant, in the proleptic Gregorian calendar. */
function instantMs(text: string): number | undefined {
  const match = instant.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const zone = match[8] ?? 'Z';
  const offset =
    zone === 'Z' ? 0 : (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))) * (zone.startsWith('-') ? -1 : 1);
  const fraction = Math.trunc(Number(`0.${match[7] ?? '0'}`) * 1_000);
  return daysSinceEpoch(year, month, day) * dayMs + ((hours * 60 + minutes - offset) * 60 + seconds) * 1_000 + fraction;
}

/** Days from 1970-01-01; years are counted from March, so that the leap day is their last. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
