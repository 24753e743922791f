import type { Attribute } from '../../../protocol/generated/ecs.ts';
import { attributeLimitExceeded, invalidParameter } from '../errors.ts';
import { maxAttributesPerCall, maxAttributesPerInstance } from '../limits.ts';

/** An attribute of a container instance; without value for capabilities. */
export interface InstanceAttribute {
  readonly name: string;
  readonly value?: string;
}

/** One attribute of a request, checked. `target` is the container instance as given, an id or an ARN. */
export interface TargetedAttribute extends InstanceAttribute {
  readonly target: string;
}

const maxLength = 128;

/** Attributes that ECS and its agents set themselves; nobody else may. */
export function isReserved(name: string): boolean {
  return name.startsWith('ecs.') || name.startsWith('com.amazonaws.ecs.');
}

/**
 * The attributes of a PutAttributes or DeleteAttributes call.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Attribute.html
 * @throws InvalidParameterException for wrong names, values, targets or amounts
 */
export function checkedAttributes(given: readonly Attribute[]): readonly TargetedAttribute[] {
  if (given.length === 0) throw invalidParameter('Attributes cannot be empty.');
  if (given.length > maxAttributesPerCall) {
    throw invalidParameter(`attributes can have at most ${maxAttributesPerCall} items.`);
  }
  return given.map((attribute) => {
    const { name, value, targetType = 'container-instance', targetId } = attribute;
    if (!/^[a-zA-Z0-9\-_./\\]+$/.test(name) || name.length > maxLength) {
      throw invalidParameter(
        `Invalid attribute name '${name}'. Names have 1 to ${maxLength} letters, numbers, hyphens, underscores, slashes, backslashes and periods.`,
      );
    }
    if (isReserved(name)) throw invalidParameter(`Attribute name '${name}' is reserved`);
    if (value !== undefined && !isValue(value)) {
      throw invalidParameter(
        `Invalid attribute value '${value}'. Values have 1 to ${maxLength} letters, numbers, and - . _ @ / \\ : or spaces inside.`,
      );
    }
    if (targetType !== 'container-instance') throw invalidParameter('targetType should be one of [container-instance]');
    if (targetId === undefined || targetId === '') throw invalidParameter('targetId cannot be null or empty.');
    return { name, ...(value === undefined ? {} : { value }), target: targetId };
  });
}

function isValue(value: string): boolean {
  return /^[a-zA-Z0-9\-._@/\\: ]+$/.test(value) && value.trim() === value && value.length <= maxLength;
}

/**
 * An instance's attributes with some put: same names are replaced.
 * @throws AttributeLimitExceededException above ten custom ones
 */
export function withAttributes(
  present: readonly InstanceAttribute[],
  put: readonly InstanceAttribute[],
): readonly InstanceAttribute[] {
  const byName = new Map(present.map((attribute) => [attribute.name, attribute]));
  for (const { name, value } of put) byName.set(name, value === undefined ? { name } : { name, value });
  const all = [...byName.values()];
  if (all.filter((attribute) => !isReserved(attribute.name)).length > maxAttributesPerInstance) {
    throw attributeLimitExceeded(
      `You can apply up to ${maxAttributesPerInstance} custom attributes for each resource.`,
    );
  }
  return all;
}

/** An instance's attributes without some: those of that name and, where one is given, that value. */
export function withoutAttributes(
  present: readonly InstanceAttribute[],
  gone: readonly InstanceAttribute[],
): readonly InstanceAttribute[] {
  return present.filter(
    ({ name, value }) => !gone.some((each) => each.name === name && (each.value === undefined || each.value === value)),
  );
}
