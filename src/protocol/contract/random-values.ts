import { NormalizedSchema } from '@smithy/core/schema';
import type { Shape, Target } from '../model/model.ts';

/** Seeded chance: the same seed gives the same values. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface MemberPair {
  readonly name: string;
  readonly member: NormalizedSchema;
  readonly target: Target;
  readonly required: boolean;
}

const maximumDepth = 6;
const words = [
  'web',
  'a b',
  'x&y<z>',
  'q"uo\'te',
  'é 🚢',
  '+%=;',
  '10.0.0.1/8',
  'back\\slash',
  'new\nline',
  '1',
  'true',
];

/**
 * Random values of an SDK schema, as the SDK has them (Date, Uint8Array). The schema says what there is; our table only
 * which strings an enum allows and which numbers are floats, and must know every member.
 */
export class RandomValues {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  structure(schema: unknown, shape: Shape): Record<string, unknown> {
    const value = this.#structure(NormalizedSchema.of(schema as never), shape, 0);
    return value;
  }

  #structure(schema: NormalizedSchema, shape: Shape, depth: number): Record<string, unknown> {
    const members = schema.isUnitSchema() ? [] : this.#membersOf(schema, shape);
    const value: Record<string, unknown> = {};
    // One member at least: the form protocols cannot carry an empty structure.
    const forced = depth === 0 ? undefined : this.#smallest(members);
    for (const { name, member, target, required } of members) {
      if (required || name === forced?.name || (depth < maximumDepth && this.#random() < 0.5)) {
        value[name] = this.#value(member, target, depth + 1);
      }
    }
    return value;
  }

  #union(schema: NormalizedSchema, shape: Shape, depth: number): Record<string, unknown> {
    const members = this.#membersOf(schema, shape);
    const chosen = depth < maximumDepth ? this.#pick(members) : this.#smallest(members);
    return chosen === undefined ? {} : { [chosen.name]: this.#value(chosen.member, chosen.target, depth + 1) };
  }

  #membersOf(schema: NormalizedSchema, shape: Shape): MemberPair[] {
    return [...schema.structIterator()]
      .filter(([, member]) => !member.isStreaming())
      .map(([name, member]) => {
        const ours = shape.byName.get(name);
        if (ours === undefined) throw new Error(`the table has no ${shape.name}.${name}`);
        return { name, member, target: ours.target, required: shape.required.includes(ours) };
      });
  }

  /** A member that ends soon: a leaf, else one whose members are not those of its own parent. */
  #smallest(members: readonly MemberPair[]): MemberPair | undefined {
    const names = members.map(({ name }) => name).join();
    const depthOf = ({ target }: MemberPair): number => {
      const inner = target.type === 'list' || target.type === 'map' ? target.item : target;
      if (inner.type !== 'structure' && inner.type !== 'union') return 0;
      return inner.shape.members.map(({ name }) => name).join() === names ? 2 : 1;
    };
    return members.toSorted((a, b) => depthOf(a) - depthOf(b))[0];
  }

  #value(schema: NormalizedSchema, target: Target, depth: number): unknown {
    if (schema.isUnionSchema()) return this.#union(schema, target.shape, depth);
    if (schema.isStructSchema()) return this.#structure(schema, target.shape, depth);
    if (schema.isListSchema()) {
      return this.#times(3, () => this.#value(schema.getValueSchema(), target.item, depth + 1));
    }
    if (schema.isMapSchema()) {
      const entries = this.#times(3, (index) => [
        target.key.enumValues === undefined ? `${this.#string()}${index}` : this.#pick([...target.key.enumValues]),
        this.#value(schema.getValueSchema(), target.item, depth + 1),
      ]);
      return Object.fromEntries(entries) as object;
    }
    return this.#leaf(schema, target);
  }

  #leaf(schema: NormalizedSchema, target: Target): unknown {
    if (schema.isTimestampSchema()) {
      const ms = Math.floor(this.#random() * 4e12);
      return new Date(target.timestampFormat === 'http-date' ? ms - (ms % 1000) : ms);
    }
    if (schema.isBlobSchema()) return Uint8Array.from(this.#times(40, () => Math.floor(this.#random() * 256)));
    if (schema.isBooleanSchema()) return this.#random() < 0.5;
    if (schema.isNumericSchema()) {
      const digits = this.#random();
      const integer = Math.floor(digits * 10 ** Math.floor(this.#random() * 12)) - 100;
      return target.type === 'float' ? integer / 8 : integer;
    }
    if (schema.isDocumentSchema()) return { a: 1, b: ['x', true] };
    return target.enumValues === undefined ? this.#string() : this.#pick([...target.enumValues]);
  }

  #string(): string {
    return this.#times(3, () => this.#pick(words)).join('-');
  }

  #times<T>(maximum: number, make: (index: number) => T): T[] {
    return Array.from({ length: 1 + Math.floor(this.#random() * maximum) }, (_, index) => make(index));
  }

  #pick<T>(values: readonly T[]): T {
    const picked = values[Math.floor(this.#random() * values.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }
}

/** A value as handlers have it (epoch milliseconds for Date), for comparison: what no wire can tell apart is left out. */
export function comparable(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(comparable).filter((entry) => !isEmpty(entry));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, entry]): [string, unknown] => [key, comparable(entry)])
    .filter(([, entry]) => !isEmpty(entry));
  return Object.fromEntries(entries);
}

/** A value as handlers have it. */
export function fromSdk(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value)) return value.map(fromSdk);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fromSdk(entry)]));
}

/** The form protocols cannot carry empty structures and lists. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
