import { readComparison } from './comparison.ts';
import { InvalidPattern } from './invalid-pattern.ts';
import type { LogFilter } from './filter.ts';
import { Scanner } from './scanner.ts';

type Condition = (event: unknown) => boolean;
type SelectorStep =
  | { readonly kind: 'property'; readonly name: string }
  | { readonly kind: 'element'; readonly index: number }
  | { readonly kind: 'everyElement' };
/** The way from the event to values, such as `$.requests[0].status`. */
type Selector = readonly SelectorStep[];

/**
 * Conditions on JSON events: `{ ($.status >= 500 || $.error IS TRUE) && $.path = "/api/*" }`. A comparison holds when a selected
 * value exists and meets it. Text that is not JSON never matches.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
 */
export function compileJson(pattern: string): LogFilter {
  const scanner = new Scanner(pattern);
  scanner.expect('{');
  const condition = readAny(scanner);
  scanner.expect('}');
  scanner.skipSpaces();
  if (!scanner.done) throw new InvalidPattern();
  return {
    cost: pattern.length + scanner.regexStates,
    matches: (message) => {
      const event = parseObject(message);
      return event !== undefined && condition(event);
    },
  };
}

function parseObject(message: string): object | undefined {
  if (!/^\s*[{[]/.test(message)) return undefined;
  try {
    return JSON.parse(message) as object;
  } catch {
    return undefined;
  }
}

function readAny(scanner: Scanner): Condition {
  const conditions = [readAll(scanner)];
  while (scanner.take('||')) conditions.push(readAll(scanner));
  return (event) => conditions.some((condition) => condition(event));
}

function readAll(scanner: Scanner): Condition {
  const conditions = [readOne(scanner)];
  while (scanner.take('&&')) conditions.push(readOne(scanner));
  return (event) => conditions.every((condition) => condition(event));
}

function readOne(scanner: Scanner): Condition {
  if (scanner.take('(')) {
    const inner = readAny(scanner);
    scanner.expect(')');
    return inner;
  }
  const selector = readSelector(scanner);
  const holds = readWords(scanner);
  if (holds !== undefined) return (event) => holds(select(event, selector));
  const comparison = readComparison(scanner);
  if (comparison === undefined) throw new InvalidPattern();
  return (event) =>
    select(event, selector).some((value) => {
      if (typeof value === 'number' || typeof value === 'string') return comparison(value);
      return typeof value === 'boolean' && comparison(String(value));
    });
}

/** The conditions that are spelled with words. */
function readWords(scanner: Scanner): ((values: readonly unknown[]) => boolean) | undefined {
  scanner.skipSpaces();
  const words = scanner.match(/(IS|NOT)\s+[A-Z]+|EXISTS/iy);
  if (words === undefined) return undefined;
  switch (words.toUpperCase().replace(/\s+/, ' ')) {
    case 'IS TRUE':
      return (values) => values.includes(true);
    case 'IS FALSE':
      return (values) => values.includes(false);
    case 'IS NULL':
      return (values) => values.includes(null);
    case 'NOT EXISTS':
      return (values) => values.length === 0;
    case 'EXISTS':
      return (values) => values.length > 0;
    default:
      throw new InvalidPattern();
  }
}

function readSelector(scanner: Scanner): Selector {
  scanner.expect('$');
  const steps: SelectorStep[] = [];
  for (;;) {
    const dotted = scanner.match(/\.[\p{L}\p{N}_\-@:/#]+/uy);
    if (dotted !== undefined) {
      steps.push({ kind: 'property', name: dotted.slice(1) });
      continue;
    }
    const bracketed = scanner.match(/\.?\[\s*('[^']*'|"[^"]*"|\d{1,9}|\*)\s*\]/y);
    if (bracketed === undefined) break;
    steps.push(bracketStep(bracketed.replace(/^\.?\[\s*|\s*\]$/g, '')));
  }
  if (steps.length === 0) throw new InvalidPattern();
  return steps;
}

function bracketStep(inner: string): SelectorStep {
  if (inner === '*') return { kind: 'everyElement' };
  if (/^\d/.test(inner)) return { kind: 'element', index: Number(inner) };
  return { kind: 'property', name: inner.slice(1, -1) };
}

/** The values a selector finds; none when the path does not exist. */
function select(event: unknown, selector: Selector): readonly unknown[] {
  return selector.reduce<readonly unknown[]>((values, step) => values.flatMap((value) => follow(value, step)), [event]);
}

function follow(value: unknown, step: SelectorStep): readonly unknown[] {
  switch (step.kind) {
    case 'everyElement':
      return Array.isArray(value) ? (value as unknown[]) : [];
    case 'element':
      return Array.isArray(value) && step.index < value.length ? [value[step.index]] : [];
    case 'property':
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step.name)) return [];
      return [(value as Record<string, unknown>)[step.name]];
  }
}
