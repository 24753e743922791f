// The table of a service -> TypeScript types of its inputs and outputs, for handlers.

const simpleTypes = {
  string: 'string',
  integer: 'number',
  float: 'number',
  boolean: 'boolean',
  document: 'unknown',
  blob: 'Uint8Array',
};
/** Names that TypeScript or this file already uses. */
const takenNames = new Set(['Record', 'AsyncIterable', 'Uint8Array', 'Operations']);

/** Shape names may start with a digit or be taken. */
function typeName(shape) {
  if (shape === 'Unit') return 'object';
  if (/^[0-9]/.test(shape)) return `_${shape}`;
  return takenNames.has(shape) ? `${shape}_` : shape;
}

function typeOf(table, target) {
  if (target.list) return `readonly (${typeOf(table, target.list)})[]`;
  if (target.map) return `{ readonly [key: string]: ${typeOf(table, target.map[1])} }`;
  if (target.enum) return table.enums[target.enum].map((value) => JSON.stringify(value)).join(' | ');
  if (target.ref.startsWith('#')) {
    const named = typeName(target.ref.slice(1));
    return target.traits?.streaming ? `AsyncIterable<${named}>` : named;
  }
  return simpleTypes[target.ref] ?? 'number'; // timestamps
}

function declaration(table, name, shape) {
  if (shape.kind === 'list') return `export type ${typeName(name)} = readonly (${typeOf(table, shape.item)})[];`;
  if (shape.kind === 'map')
    return `export type ${typeName(name)} = { readonly [key: string]: ${typeOf(table, shape.value)} };`;
  const members = Object.entries(shape.members).map(([member, target]) => {
    const [mark, rest] = shape.required?.includes(member) ? ['', ''] : ['?', ' | undefined'];
    return `  readonly ${JSON.stringify(member)}${mark}: ${typeOf(table, target)}${rest};`;
  });
  if (members.length === 0) return `export type ${typeName(name)} = object;`;
  return `export interface ${typeName(name)} {\n${members.join('\n')}\n}`;
}

/** The text of src/protocol/generated/<service>.ts. */
export function typesOf(table, packageName) {
  const shapes = Object.entries(table.shapes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const operations = Object.entries(table.operations).map(
    ([name, { input, output }]) =>
      `  readonly ${name}: { readonly input: ${typeName(input)}; readonly output: ${typeName(output)} };`,
  );
  return [
    `// Generated from @aws-sdk/client-${packageName} by scripts/generate.mjs. Timestamps are epoch milliseconds.`,
    ...shapes.map(([name, shape]) => declaration(table, name, shape)),
    `export interface Operations {\n${operations.join('\n')}\n}`,
    '',
  ].join('\n');
}
