import type { Target, TimestampFormat } from './model.ts';

// Leaves as the wire formats spell them. Reading answers undefined for what is not a value of the type.

const maximumDateMs = 8.64e15;
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/i;
const httpDate = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d(\.\d+)? GMT$/;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Epoch milliseconds of a timestamp in any format AWS takes: seconds, ISO 8601 or HTTP date. */
export function readTimestamp(raw: unknown): number | undefined {
  let ms = Number.NaN;
  if (typeof raw === 'number') ms = Math.round(raw * 1000);
  else if (typeof raw === 'string') {
    if (dateTime.test(raw)) ms = Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(raw) ? raw : `${raw}Z`);
    else if (httpDate.test(raw)) ms = Date.parse(raw);
    else if (/^-?\d{1,15}(\.\d+)?$/.test(raw)) ms = Math.round(Number(raw) * 1000);
  }
  return Math.abs(ms) <= maximumDateMs ? ms : undefined;
}

/** @param timeMs epoch milliseconds */
export function writeTimestamp(timeMs: number, format: TimestampFormat): string {
  if (format === 'epoch-seconds') return String(timeMs / 1000);
  const date = new Date(timeMs);
  if (Number.isNaN(date.getTime())) throw new TypeError(`not a timestamp in epoch milliseconds: ${timeMs}`);
  return format === 'http-date' ? date.toUTCString() : date.toISOString().replace('.000Z', 'Z');
}

export function readBlob(raw: unknown): Uint8Array | undefined {
  if (raw instanceof Uint8Array) return raw;
  return typeof raw === 'string' && base64.test(raw) ? Buffer.from(raw, 'base64') : undefined;
}

export function writeBlob(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Names that JSON and the text formats give to what has no digits. */
export const specialFloats: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** A leaf that a form, a path or a query string spells as text; the text itself when it is no value of the type. */
export function leafFromText(target: Target, text: string): unknown {
  switch (target.type) {
    case 'integer':
    case 'float':
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
    case 'boolean':
      return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : text;
    default:
      return text;
  }
}
