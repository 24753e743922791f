/** Values of condition keys, by key in lower case: a Map is one, so is a look-up that finds out only what a policy asks for. */
export interface ConditionValues {
  get(key: string): readonly string[] | undefined;
}

type Values = string | boolean | readonly string[] | undefined;

interface TagPair {
  readonly key: string;
  readonly value: string;
}

/** What a question says of the request and its resource. */
export interface ConditionSources {
  /** By key as the reference spells it. Undefined and empty lists: the request has no such key. A function is called when a policy asks. */
  readonly keys?: Readonly<Record<string, Values | (() => Values)>>;
  /** `aws:RequestTag/…` and `aws:TagKeys`. */
  readonly requestTags?: readonly TagPair[];
  /** `aws:TagKeys` of a request that names keys only. */
  readonly tagKeys?: readonly string[];
  /** `aws:ResourceTag/…`; called when a policy asks, once. Undefined: there is no such resource. */
  readonly resourceTags?: () => readonly TagPair[] | undefined;
  /** The services whose own `…:ResourceTag/…` means the same, such as `ecs`. */
  readonly service?: string;
}

/**
 * The look-up of a question's condition keys. Keys have no case, those of tags neither: tags that differ in case alone are values of one key.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
export function conditionValues(sources: ConditionSources): ConditionValues {
  return new SourcedValues(sources);
}

/** Made for every question, asked by few policies: so nothing is prepared before it is asked for. */
class SourcedValues implements ConditionValues {
  readonly #sources: ConditionSources;
  #byKey: ReadonlyMap<string, Values | (() => Values)> | undefined;
  #stored: readonly TagPair[] | undefined;

  constructor(sources: ConditionSources) {
    this.#sources = sources;
  }

  get(key: string): readonly string[] | undefined {
    const { keys = {}, requestTags = [], tagKeys, service } = this.#sources;
    this.#byKey ??= new Map(Object.entries(keys).map(([name, value]) => [name.toLowerCase(), value]));
    if (this.#byKey.has(key)) {
      const value = this.#byKey.get(key);
      return listed(typeof value === 'function' ? value() : value);
    }
    if (key === 'aws:tagkeys') return listed(tagKeys ?? requestTags.map((tag) => tag.key));
    const slash = key.indexOf('/');
    if (slash === -1) return undefined;
    const prefix = key.slice(0, slash);
    const name = key.slice(slash + 1);
    if (prefix === 'aws:requesttag') return valuesOf(requestTags, name);
    if (prefix === 'aws:resourcetag' || prefix === `${service}:resourcetag`) return valuesOf(this.#storedTags(), name);
    return undefined;
  }

  #storedTags(): readonly TagPair[] {
    this.#stored ??= this.#sources.resourceTags?.() ?? [];
    return this.#stored;
  }
}

function listed(value: Values): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'object') return value.length === 0 ? undefined : value;
  return [String(value)];
}

function valuesOf(tags: readonly TagPair[], name: string): readonly string[] | undefined {
  return listed(tags.filter((tag) => tag.key.toLowerCase() === name).map((tag) => tag.value));
}
