import type { Ids } from '../../kernel/index.ts';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const idLength = 16;
const operationLength = 32;
const zoneLength = 20;

function letters(ids: Ids, length: number): string {
  // Five bits each, of two hexadecimal digits.
  const digits = ids.hex(length * 2);
  return Array.from(
    { length },
    (_, at) => alphabet[parseInt(digits.slice(at * 2, at * 2 + 2), 16) % alphabet.length],
  ).join('');
}

export function newNamespaceId(ids: Ids): string {
  return `ns-${letters(ids, idLength)}`;
}

export function newServiceId(ids: Ids): string {
  return `srv-${letters(ids, idLength)}`;
}

export function newOperationId(ids: Ids): string {
  return `${letters(ids, operationLength)}-${letters(ids, 8)}`;
}

export function newHostedZoneId(ids: Ids): string {
  return `Z${letters(ids, zoneLength).toUpperCase()}`;
}
