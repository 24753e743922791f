import { readComparison } from './comparison.ts';
import { InvalidPattern } from './invalid-pattern.ts';
import type { LogFilter } from './filter.ts';
import { Scanner } from './scanner.ts';

type FieldCondition = (field: string) => boolean;
type Slot = FieldCondition | 'rest';

/** An event with more fields than this is not a table row. */
const maxFields = 1_000;

/**
 * Conditions on the space-delimited fields of an event: `[ip, user, ..., status = 4*, bytes > 1000]`. A field in quotes or
 * brackets is one field. The number of fields must be the pattern's, unless `...` stands for any number of them.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-space-delimited-log-events.html
 */
export function compileFields(pattern: string): LogFilter {
  const scanner = new Scanner(pattern);
  scanner.expect('[');
  const slots: Slot[] = [readSlot(scanner)];
  while (scanner.take(',')) slots.push(readSlot(scanner));
  scanner.expect(']');
  scanner.skipSpaces();
  if (!scanner.done || slots.filter((slot) => slot === 'rest').length > 1) throw new InvalidPattern();
  return { cost: slots.length + scanner.regexStates, matches: (message) => matchesSlots(splitFields(message), slots) };
}

function matchesSlots(fields: readonly string[], slots: readonly Slot[]): boolean {
  const rest = slots.indexOf('rest');
  const conditions = slots.filter((slot): slot is FieldCondition => slot !== 'rest');
  if (rest < 0 ? fields.length !== conditions.length : fields.length < conditions.length) return false;
  const skipped = fields.length - conditions.length;
  return conditions.every((condition, index) =>
    condition(fields[rest >= 0 && index >= rest ? index + skipped : index] ?? ''),
  );
}

function splitFields(message: string): readonly string[] {
  const fields: string[] = [];
  const closers = new Map([
    ['"', message.lastIndexOf('"')],
    ['[', message.lastIndexOf(']')],
  ]);
  for (let at = 0; at < message.length && fields.length <= maxFields;) {
    const char = message[at] ?? '';
    if (isSpace.test(char)) {
      at += 1;
      continue;
    }
    // Without a closing mark ahead, an opening one is an ordinary character.
    const closed = (closers.get(char) ?? -1) > at;
    const end = closed ? message.indexOf(char === '[' ? ']' : '"', at + 1) : endOfWord(message, at);
    fields.push(message.slice(closed ? at + 1 : at, end));
    at = closed ? end + 1 : end;
  }
  return fields;
}

const isSpace = /\s/;

function endOfWord(message: string, from: number): number {
  let at = from;
  while (at < message.length && !isSpace.test(message[at] ?? '')) at += 1;
  return at;
}

function readSlot(scanner: Scanner): Slot {
  if (scanner.take('...')) return 'rest';
  scanner.skipSpaces();
  const name = scanner.match(/[\w\-.]+/y);
  if (name === undefined) return () => true;
  return readAny(scanner, name);
}

function readAny(scanner: Scanner, name: string): FieldCondition {
  const conditions = [readAll(scanner, name)];
  while (scanner.take('||')) {
    expectName(scanner, name);
    conditions.push(readAll(scanner, name));
  }
  return (field) => conditions.some((condition) => condition(field));
}

function readAll(scanner: Scanner, name: string): FieldCondition {
  const conditions = [readComparison(scanner) ?? (() => true)];
  while (scanner.take('&&')) {
    expectName(scanner, name);
    const comparison = readComparison(scanner);
    if (comparison === undefined) throw new InvalidPattern();
    conditions.push(comparison);
  }
  return (field) => conditions.every((condition) => condition(field));
}

/** Within a field, every condition names that same field. */
function expectName(scanner: Scanner, name: string): void {
  scanner.skipSpaces();
  if (scanner.match(/[\w\-.]+/y) !== name) throw new InvalidPattern();
}
