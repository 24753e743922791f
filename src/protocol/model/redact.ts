import { isHidden } from './hidden.ts';
import type { Shape, Target } from './model.ts';

/** What stands in a record for a secret, as AWS writes it. */
export const hiddenText = 'HIDDEN_DUE_TO_SECURITY_REASONS';

/** ARNs further down name nothing that the call is about. */
const maxArnDepth = 3;

export interface Shown {
  /** How to show a time. */
  readonly time: (timeMs: number) => string | number;
  /** Takes the ARNs that stand near the top, as far as they are shown. */
  readonly arns: string[];
}

/** What a record shows of a member. */
interface ShownMember {
  /** `"name":`, as records have it. */
  readonly key: string;
  /** Undefined: it is secret. */
  readonly target: Target | undefined;
}

const hiddenJson = JSON.stringify(hiddenText);
const shownMembers = new WeakMap<Shape, ReadonlyMap<string, ShownMember>>();

/**
 * The JSON of a value of a shape as a record may show it: what the model or the table of hidden members says is secret is replaced
 * by `hiddenText`; blobs, streams and what the shape does not know are left out. Members are named as records name them. Made as text at
 * once: every call is recorded, and a copy to be written out later cost more than the text.
 */
export function redactedJson(shape: Shape, structure: object, shown: Shown): string {
  return structureJson(shape, structure, shown, 0);
}

/** @param depth of the structure, the whole being 0 */
function structureJson(shape: Shape, structure: object, shown: Shown, depth: number): string {
  const known = membersOf(shape);
  const members = structure as Readonly<Record<string, unknown>>;
  let text = '';
  for (const name in members) {
    const value = members[name];
    const member = known.get(name);
    if (member === undefined || value === undefined || value === null) continue;
    const json = member.target === undefined ? hiddenJson : valueJson(member.target, value, shown, depth + 1);
    if (json !== undefined) text += (text === '' ? '' : ',') + member.key + json;
  }
  return `{${text}}`;
}

function membersOf(shape: Shape): ReadonlyMap<string, ShownMember> {
  let members = shownMembers.get(shape);
  if (members === undefined) {
    members = new Map(
      shape.members.map(({ name, recordName, target }) => [
        name,
        { key: `${JSON.stringify(recordName)}:`, target: isHidden(shape, name) ? undefined : target },
      ]),
    );
    shownMembers.set(shape, members);
  }
  return members;
}

/** Undefined: left out. */
function valueJson(target: Target, value: unknown, shown: Shown, depth: number): string | undefined {
  if (target.sensitive) return hiddenJson;
  switch (target.type) {
    case 'blob':
      return undefined;
    case 'timestamp':
      return typeof value === 'number' ? JSON.stringify(shown.time(value)) : undefined;
    case 'structure':
    case 'union':
      if (target.streaming || typeof value !== 'object') return undefined;
      return structureJson(target.shape, value as object, shown, depth);
    case 'list':
      return Array.isArray(value) ? listJson(target.item, value, shown, depth) : undefined;
    case 'map':
      return typeof value === 'object' ? mapJson(target, value as object, shown, depth) : undefined;
    default:
      if (target.streaming) return undefined;
      if (depth <= maxArnDepth && typeof value === 'string' && value.startsWith('arn:')) shown.arns.push(value);
      return JSON.stringify(value);
  }
}

function listJson(item: Target, values: readonly unknown[], shown: Shown, depth: number): string {
  let text = '';
  for (const value of values) {
    const json = value === null || value === undefined ? undefined : valueJson(item, value, shown, depth + 1);
    if (json !== undefined) text += (text === '' ? '' : ',') + json;
  }
  return `[${text}]`;
}

/** Keys that are secret are not shown, nor how many there are. */
function mapJson({ key, item }: Target, value: object, shown: Shown, depth: number): string {
  if (key.sensitive) return hiddenJson;
  let text = '';
  for (const [name, one] of Object.entries(value)) {
    const json = one === null || one === undefined ? undefined : valueJson(item, one, shown, depth + 1);
    if (json !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${json}`;
  }
  return `{${text}}`;
}
