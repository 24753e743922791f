import { ApiError } from '../api/index.ts';
import type { Violation } from '../api/index.ts';
import { readBlob, readTimestamp, specialFloats } from './leaf.ts';
import { constraintsOf } from './limit.ts';
import type { Shape, Target } from './model.ts';

/** Deeper inputs are refused; AWS's deepest legal input is far below. */
const maximumDepth = 64;
/** More violations are not collected: the answer must stay readable. */
const maximumViolations = 20;
const maximumShownLength = 1024;

/** What a tree of JSON values may hold; CBOR adds Uint8Array for blobs. */
type Raw = unknown;

/**
 * Reads a raw tree (JSON.parse's, or what the other protocols are brought to) into a handler's input and collects what
 * is wrong with it. One reader for one input.
 */
export class Reader {
  readonly violations: Violation[] = [];
  readonly #path: string[] = [];
  readonly #strict: boolean;

  /** @param strict a value of the wrong type throws AWS's SerializationException; otherwise it is a violation */
  constructor(strict: boolean) {
    this.#strict = strict;
  }

  /** The members of `shape`; unknown ones are ignored, as AWS does. */
  readStructure(shape: Shape, raw: Raw): object {
    const result: Record<string, unknown> = {};
    if (raw === null || raw === undefined || typeof raw !== 'object' || Array.isArray(raw)) {
      this.#mistyped('Expected null', raw);
      return result;
    }
    for (const name in raw) {
      const member = shape.byName.get(name);
      if (member === undefined) continue;
      const value = (raw as Record<string, unknown>)[name];
      if (value === null || value === undefined) continue;
      this.#path.push(name);
      result[name] = this.#read(member.target, value);
      this.#path.pop();
    }
    for (const { name } of shape.required) {
      if (result[name] !== undefined || (raw as Record<string, unknown>)[name] != null) continue;
      this.#path.push(name);
      this.#violate('missing', undefined, 'Member must not be null');
      this.#path.pop();
    }
    return result;
  }

  #read(target: Target, raw: Raw): unknown {
    switch (target.type) {
      case 'string':
        return typeof raw === 'string' ? this.#checked(target, raw) : this.#mistyped(notA('a String', raw), raw);
      case 'integer':
        return isInteger(raw) ? this.#checked(target, raw) : this.#mistyped(notA('an Integer', raw), raw);
      case 'float':
        return this.#readFloat(target, raw);
      case 'boolean':
        return typeof raw === 'boolean' ? raw : this.#mistyped(notA('a Boolean', raw), raw);
      case 'timestamp':
        return readTimestamp(raw) ?? this.#mistyped(notA('a Timestamp', raw), raw);
      case 'blob':
        return this.#readBlob(target, raw);
      case 'document':
        return raw;
      case 'list':
        return this.#readList(target, raw);
      case 'map':
        return this.#readMap(target, raw);
      case 'structure':
      case 'union':
        return this.#nested(target, raw);
    }
  }

  #readFloat(target: Target, raw: Raw): unknown {
    const value = typeof raw === 'string' ? specialFloats.get(raw) : raw;
    return typeof value === 'number' ? this.#checked(target, value) : this.#mistyped(notA('a Double', raw), raw);
  }

  #readBlob(target: Target, raw: Raw): unknown {
    const bytes = readBlob(raw);
    return bytes === undefined ? this.#mistyped(notA('a Blob', raw), raw) : this.#checked(target, bytes);
  }

  #nested(target: Target, raw: Raw): unknown {
    if (this.#path.length > maximumDepth) throw new ApiError('SerializationException', 'Input is nested too deeply');
    const value = this.readStructure(target.shape, raw);
    if (target.type === 'union' && Object.keys(value).length !== 1) {
      return this.#mistyped('Unions must have exactly one member set', raw);
    }
    return value;
  }

  #readList(target: Target, raw: Raw): unknown {
    if (!Array.isArray(raw)) return this.#mistyped('Expected list or null', raw);
    const { item } = target;
    const result: unknown[] = [];
    const simple = isSimple(item);
    let bad = false;
    for (let index = 0; index < raw.length; index++) {
      const value: Raw = raw[index];
      // AWS names the list, not the item, when a plain value breaks its own constraint.
      if (simple && typeof value === 'string' && !satisfies(item, value)) bad = true;
      else if (simple && typeof value === 'string' && item.type === 'string') result.push(value);
      else result.push(this.#readItem(item, value, String(index + 1)));
    }
    if (bad) this.#violateInside('Member', item, raw);
    return this.#checked(target, result);
  }

  #readItem(item: Target, raw: Raw, name: string): unknown {
    this.#path.push(name, 'member');
    let value: unknown;
    if (raw === null || raw === undefined) this.#violate('null', undefined, 'Member must not be null');
    else value = this.#read(item, raw);
    this.#path.length -= 2;
    return value;
  }

  #readMap(target: Target, raw: Raw): unknown {
    if (raw === null || typeof raw !== 'object' || Array.isArray(raw) || raw instanceof Uint8Array) {
      return this.#mistyped('Expected map or null', raw);
    }
    const { key, item } = target;
    const result: Record<string, unknown> = {};
    let badKey = false;
    let badValue = false;
    for (const [name, value] of Object.entries(raw)) {
      if (!satisfies(key, name)) badKey = true;
      else if (typeof value === 'string' && item.type === 'string' && !satisfies(item, value)) badValue = true;
      else setOwn(result, name, this.#readItem(item, value, name));
    }
    if (badKey) this.#violateInside('Map keys', key, raw);
    if (badValue) this.#violateInside('Map value', item, raw);
    return this.#checked(target, result);
  }

  /** The value, after its enum and limit were checked. */
  #checked<T extends string | number | object>(target: Target, value: T): T {
    const { enumValues, limit } = target;
    if (enumValues === undefined && limit === undefined) return value;
    const shown = target.traits.sensitive === 1 ? undefined : value;
    if (enumValues !== undefined && !enumValues.has(value as string)) {
      this.#violate('enum', shown, `Member must satisfy enum value set: [${[...enumValues].join(', ')}]`);
    }
    if (limit === undefined) return value;
    const size = sizeOf(value);
    const what = typeof value === 'number' ? 'value' : 'length';
    const kind = typeof value === 'number' ? 'range' : 'length';
    const { minimum, maximum, pattern, patternText } = limit;
    if (maximum !== undefined && size > maximum) {
      this.#violate(kind, shown, `Member must have ${what} less than or equal to ${maximum}`);
    }
    if (minimum !== undefined && size < minimum) {
      this.#violate(kind, shown, `Member must have ${what} greater than or equal to ${minimum}`);
    }
    if (pattern !== undefined && typeof value === 'string' && !pattern.test(value)) {
      this.#violate('pattern', shown, `Member must satisfy regular expression pattern: ${patternText}`);
    }
    return value;
  }

  #violateInside(what: string, item: Target, value: Raw): void {
    const constraints = item.limit === undefined ? [] : constraintsOf(item.limit, 'length');
    if (item.enumValues !== undefined) {
      constraints.push(`Member must satisfy enum value set: [${[...item.enumValues].join(', ')}]`);
    }
    const kind = item.enumValues === undefined ? 'pattern' : 'enum';
    this.#violate(
      kind,
      item.traits.sensitive === 1 ? undefined : value,
      `${what} must satisfy constraint: [${constraints.join(', ')}]`,
    );
  }

  #violate(kind: Violation['kind'], value: Raw, constraint: string): void {
    if (this.violations.length >= maximumViolations) return;
    const path = this.#path.map(lowerFirst).join('.');
    if (value === undefined) this.violations.push({ path, constraint, kind });
    else this.violations.push({ path, constraint, kind, value: show(value) });
  }

  #mistyped(message: string, value: Raw): undefined {
    if (this.#strict) throw new ApiError('SerializationException', message);
    this.#violate('type', value, message);
    return undefined;
  }
}

function isInteger(raw: Raw): raw is number {
  return Number.isSafeInteger(raw);
}

function isSimple(target: Target): boolean {
  return target.type === 'string' && (target.enumValues !== undefined || target.limit !== undefined);
}

/** Whether a string keeps its own enum and limit. */
function satisfies({ enumValues, limit }: Target, value: string): boolean {
  if (enumValues !== undefined && !enumValues.has(value)) return false;
  if (limit === undefined) return true;
  const { minimum = 0, maximum = Number.POSITIVE_INFINITY, pattern } = limit;
  return value.length >= minimum && value.length <= maximum && (pattern === undefined || pattern.test(value));
}

function sizeOf(value: string | number | object): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return value instanceof Uint8Array ? value.byteLength : Object.keys(value).length;
}

/** Sets a key that a client chose; `__proto__` is a key like any other. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

/** AWS spells paths in lower camel case, whatever the member is called. */
function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** AWS's sentence for a leaf of another type. */
function notA(wanted: string, raw: Raw): string {
  if (Array.isArray(raw)) return 'Unrecognized collection type';
  if (typeof raw === 'object') return 'Start of structure or map found where not expected.';
  const token =
    typeof raw === 'string' ? 'STRING' : typeof raw === 'number' ? 'NUMBER' : raw === true ? 'TRUE' : 'FALSE';
  return `${token}_VALUE can not be converted to ${wanted}`;
}

/** A value as Java prints it, which is how AWS shows it: `[a, b]`, `{k=v}`. */
function show(value: Raw): string {
  return showWhole(value, 0).slice(0, maximumShownLength);
}

function showWhole(value: Raw, depth: number): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth > 3) return '…';
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  const first = <T>(entries: readonly T[]): readonly T[] => entries.slice(0, maximumShownLength);
  if (Array.isArray(value))
    return `[${first(value)
      .map((entry) => showWhole(entry, depth + 1))
      .join(', ')}]`;
  const entries = first(Object.entries(value)).map(([key, entry]) => `${key}=${showWhole(entry, depth + 1)}`);
  return `{${entries.join(', ')}}`;
}
