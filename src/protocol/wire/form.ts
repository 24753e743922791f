import { ApiError } from '../api/index.ts';
import { leafFromText } from '../model/leaf.ts';
import type { Member, Shape, Target } from '../model/model.ts';

// The query protocols spell a tree as a form: `Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1`.

/** Fields of one form; AWS's largest legal inputs stay far below. */
const maximumFields = 20_000;
const maximumDepth = 32;

/** How a dialect of the query protocol names things. */
export interface FormDialect {
  name(member: Member): string;
  /** Lists without a `member` level: EC2's. */
  readonly flatLists: boolean;
}
export const queryDialect: FormDialect = { name: (member) => member.xmlName, flatLists: false };
export const ec2Dialect: FormDialect = { name: (member) => member.ec2Name, flatLists: true };

/** Decodes `application/x-www-form-urlencoded` text or a query string; the last of equal names wins. */
export function parseForm(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  if (text === '') return fields;
  for (const pair of text.split('&', maximumFields + 1)) {
    const equals = pair.indexOf('=');
    const name = equals === -1 ? pair : pair.slice(0, equals);
    if (name !== '') fields.set(decodeFormText(name), equals === -1 ? '' : decodeFormText(pair.slice(equals + 1)));
  }
  if (fields.size > maximumFields)
    throw new ApiError('MalformedInput', `More than ${maximumFields} parameters in one request`);
  return fields;
}

/** @throws ApiError MalformedQueryString for a stray percent sign */
function decodeFormText(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw new ApiError('MalformedQueryString', 'The query string contains a syntax error: malformed percent-encoding');
  }
}

interface Node {
  text: string | undefined;
  readonly children: Map<string, Node>;
}

/** The members of `shape` that the fields spell, as a raw tree for the Reader. */
export function formToTree(shape: Shape, fields: ReadonlyMap<string, string>, dialect: FormDialect): object {
  const root: Node = { text: undefined, children: new Map() };
  for (const [name, text] of fields) {
    const parts = name.split('.', maximumDepth + 1);
    if (parts.length > maximumDepth) throw new ApiError('MalformedInput', `Parameter ${parts[0]} is nested too deeply`);
    let node = root;
    for (const part of parts) {
      let child = node.children.get(part);
      if (child === undefined) {
        child = { text: undefined, children: new Map() };
        node.children.set(part, child);
      }
      node = child;
    }
    node.text = text;
  }
  return structureTree(shape, root, dialect);
}

function structureTree(shape: Shape, node: Node, dialect: FormDialect): object {
  const tree: Record<string, unknown> = {};
  for (const member of shape.members) {
    const child = node.children.get(dialect.name(member));
    if (child !== undefined) tree[member.name] = targetTree(member.target, child, dialect);
  }
  return tree;
}

function targetTree(target: Target, node: Node, dialect: FormDialect): unknown {
  switch (target.type) {
    case 'structure':
    case 'union':
      return structureTree(target.shape, node, dialect);
    case 'list':
      return listTree(target.item, node, dialect);
    case 'map':
      return mapTree(target, node, dialect);
    default:
      return leafFromText(target, node.text ?? '');
  }
}

/** `Tags=` is an empty list. Gaps in the numbers close up. */
function listTree(item: Target, node: Node, dialect: FormDialect): unknown[] {
  const nested = dialect.flatLists ? undefined : node.children.get(item.traits.xmlName ?? 'member');
  return numbered(nested ?? node).map((child) => targetTree(item, child, dialect));
}

function mapTree({ key, item }: Target, node: Node, dialect: FormDialect): object {
  const entries = numbered(node.children.get('entry') ?? node).map((entry): [string, unknown] => {
    const name = entry.children.get(key.traits.xmlName ?? 'key')?.text ?? '';
    const value = entry.children.get(item.traits.xmlName ?? 'value');
    return [name, value === undefined ? null : targetTree(item, value, dialect)];
  });
  return Object.fromEntries(entries);
}

/** Children in the order of their numbers. */
function numbered(node: Node): Node[] {
  return [...node.children.entries()]
    .filter(([name]) => /^\d{1,9}$/.test(name))
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}
