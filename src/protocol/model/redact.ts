import { isHidden } from './hidden.ts';
import type { Shape, Target } from './model.ts';

/** What stands in a record for a secret, as AWS writes it. */
export const hiddenText = 'HIDDEN_DUE_TO_SECURITY_REASONS';

/**
 * A value of a shape as a record may show it: what the model or the table of hidden members says is secret is replaced by
 * `hiddenText`; blobs, streams and what the shape does not know are left out. Members are named as records name them.
 * @param time how to show a time
 */
export function redacted(
  shape: Shape,
  structure: object,
  time: (timeMs: number) => unknown = (timeMs) => timeMs,
): object {
  const result: Record<string, unknown> = {};
  const members = structure as Readonly<Record<string, unknown>>;
  for (const name in members) {
    const value = members[name];
    const member = shape.byName.get(name);
    if (member === undefined || value === undefined || value === null) continue;
    const shown = isHidden(shape, name) ? hiddenText : shownValue(member.target, value, time);
    if (shown !== undefined) result[member.recordName] = shown;
  }
  return result;
}

/** Undefined: left out. */
function shownValue(target: Target, value: unknown, time: (timeMs: number) => unknown): unknown {
  if (target.sensitive) return hiddenText;
  switch (target.type) {
    case 'blob':
      return undefined;
    case 'timestamp':
      return typeof value === 'number' ? time(value) : undefined;
    case 'structure':
    case 'union':
      return target.streaming || typeof value !== 'object' ? undefined : redacted(target.shape, value as object, time);
    case 'list':
      return Array.isArray(value) ? shownList(target.item, value, time) : undefined;
    case 'map':
      return typeof value === 'object' ? shownMap(target, value as object, time) : undefined;
    default:
      return target.streaming ? undefined : value;
  }
}

function shownList(item: Target, values: readonly unknown[], time: (timeMs: number) => unknown): unknown[] {
  const shown: unknown[] = [];
  for (const value of values) {
    const one = value === null || value === undefined ? undefined : shownValue(item, value, time);
    if (one !== undefined) shown.push(one);
  }
  return shown;
}

/** Keys that are secret are not shown, nor how many there are. */
function shownMap({ key, item }: Target, value: object, time: (timeMs: number) => unknown): unknown {
  if (key.sensitive) return hiddenText;
  const shown: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(value)) {
    const text = one === null || one === undefined ? undefined : shownValue(item, one, time);
    if (text !== undefined) shown[name] = text;
  }
  return shown;
}
