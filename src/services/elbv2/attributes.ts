import { invalidConfiguration, notImplemented, validationError } from './errors.ts';

/** One attribute of a kind of thing, such as a load balancer. */
export interface AttributeSpec<Thing> {
  readonly key: string;
  /** Absent: all things of the kind have it. */
  readonly appliesTo?: (thing: Thing) => boolean;
  readonly defaultOf: (thing: Thing) => string;
  /** Whether AWS takes a value. */
  readonly accepts: (value: string, thing: Thing) => boolean;
  /** Whether Longshore does what a value says; absent: it does for every value AWS takes. */
  readonly honours?: (value: string, thing: Thing) => boolean;
}

export interface GivenAttribute {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** A kind of thing that has attributes. */
export interface AttributeKind<Thing> {
  /** As AWS's sentences begin: `Load balancer`, `Target group`, `Listener`. */
  readonly subject: string;
  readonly specs: readonly AttributeSpec<Thing>[];
  /** What makes an attribute not apply, such as `load balancers with type 'network'`. */
  readonly where: (thing: Thing) => string;
}

type Stored = Readonly<Record<string, string>>;

/**
 * The attributes after a Modify request. Only what differs from the default is kept.
 * @throws ValidationError for unknown and doubled keys, values AWS does not take or Longshore cannot honour; InvalidConfigurationRequest for attributes the thing cannot have
 */
export function modifiedAttributes<Thing extends { readonly attributes: Stored }>(
  kind: AttributeKind<Thing>,
  thing: Thing,
  given: readonly GivenAttribute[],
): Stored {
  const attributes = { ...thing.attributes };
  const seen = new Set<string>();
  for (const { Key = '', Value = '' } of given) {
    const spec = kind.specs.find(({ key }) => key === Key);
    if (spec === undefined) throw validationError(`${kind.subject} attribute key '${Key}' is not recognized`);
    if (seen.has(Key)) throw validationError(`${kind.subject} attribute key '${Key}' is specified more than once`);
    seen.add(Key);
    if (spec.appliesTo?.(thing) === false) {
      throw invalidConfiguration(`${kind.subject} attribute key '${Key}' is not supported on ${kind.where(thing)}`);
    }
    if (!spec.accepts(Value, thing)) {
      throw validationError(`The value '${Value}' of ${kind.subject.toLowerCase()} attribute '${Key}' is not valid`);
    }
    if (spec.honours?.(Value, thing) === false) {
      throw notImplemented(`The value '${Value}' of ${kind.subject.toLowerCase()} attribute '${Key}'`);
    }
    if (Value === spec.defaultOf(thing)) delete attributes[Key];
    else attributes[Key] = Value;
  }
  return attributes;
}

/** Every attribute a thing has, with its value, in the order of the table. */
export function shownAttributes<Thing extends { readonly attributes: Stored }>(
  { specs }: AttributeKind<Thing>,
  thing: Thing,
): readonly { readonly Key: string; readonly Value: string }[] {
  return specs
    .filter(({ appliesTo }) => appliesTo?.(thing) !== false)
    .map((spec) => ({ Key: spec.key, Value: thing.attributes[spec.key] ?? spec.defaultOf(thing) }));
}

/** The value of one attribute. */
export function attributeOf<Thing extends { readonly attributes: Stored }>(
  { specs }: AttributeKind<Thing>,
  thing: Thing,
  key: string,
): string {
  return thing.attributes[key] ?? specs.find((spec) => spec.key === key)?.defaultOf(thing) ?? '';
}

export const isBoolean = (value: string): boolean => value === 'true' || value === 'false';

/** Takes whole numbers from `least` to `most`. */
export function within(least: number, most: number): (value: string) => boolean {
  return (value) => /^\d{1,9}$/.test(value) && Number(value) >= least && Number(value) <= most;
}

export function oneOf(...values: readonly string[]): (value: string) => boolean {
  return (value) => values.includes(value);
}
