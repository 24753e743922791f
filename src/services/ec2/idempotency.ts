import { ApiError } from '../../protocol/api/index.ts';
import type { Change } from './core.ts';
import type { ScopedTable } from './records/network-table.ts';
import type { Idempotent, NetworkThing } from './records/scope.ts';
import { stableId } from './stable-id.ts';

/** The longest token that EC2 takes. https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html */
const maxTokenLength = 64;

interface TokenInput {
  readonly ClientToken?: string | undefined;
}

/** Where a new thing comes to stand. */
export type Place<Row> =
  /** The same request made it already. */
  { readonly earlier: Row } | { readonly id: string; readonly idempotent: Idempotent };

/**
 * The id of a thing that a request makes, which with a client token comes from the token.
 * @throws IdempotentParameterMismatch when another request had the token
 */
export function placeOf<Row extends NetworkThing & Idempotent>(
  { writer, scope, newId }: Change,
  { table, prefix, input }: { readonly table: ScopedTable<Row>; readonly prefix: string; readonly input: TokenInput },
): Place<Row> {
  const { ClientToken: token = '' } = input;
  if (token === '') return { id: newId(prefix), idempotent: {} };
  if (token.length > maxTokenLength)
    throw new ApiError('InvalidParameterValue', `ClientToken exceeds the maximum length of ${maxTokenLength}`);
  const id = stableId(prefix, scope.account, scope.region, 'token', token);
  const request = stableJson(input);
  const earlier = writer.get(table, id);
  if (earlier === undefined) return { id, idempotent: { request } };
  if (earlier.request === request) return { earlier };
  throw new ApiError(
    'IdempotentParameterMismatch',
    `The client token '${token}' was used before with other parameters`,
  );
}

function stableJson(value: object): string {
  const sorted = (_key: string, each: unknown): unknown =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each;
  return JSON.stringify(value, sorted);
}
