// Generates, from the runtime schemas that the AWS SDK clients export, what the server needs to know of each AWS service:
//   build/tables/<service>.json       shapes and operations, read by src/protocol at start
//   src/protocol/generated/<service>.ts   TypeScript types of inputs and outputs, for handlers
// Nothing generated is committed. Run: npm run generate
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Longshore's name of a service -> the SDK package. */
const services = {
  acm: 'acm',
  'application-autoscaling': 'application-auto-scaling',
  autoscaling: 'auto-scaling',
  cloudtrail: 'cloudtrail',
  cloudwatch: 'cloudwatch',
  codebuild: 'codebuild',
  codedeploy: 'codedeploy',
  codepipeline: 'codepipeline',
  ec2: 'ec2',
  ecr: 'ecr',
  ecs: 'ecs',
  efs: 'efs',
  elbv2: 'elastic-load-balancing-v2',
  events: 'eventbridge',
  iam: 'iam',
  logs: 'cloudwatch-logs',
  rds: 'rds',
  scheduler: 'scheduler',
  secretsmanager: 'secrets-manager',
  servicediscovery: 'servicediscovery',
  ssm: 'ssm',
  sts: 'sts',
};

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
process.removeAllListeners('warning');
process.on('warning', () => undefined);

/** Bits of a numeric trait set; see translateTraits in @smithy/core/schema. */
const traitBits = [
  'httpLabel',
  'idempotent',
  'idempotencyToken',
  'sensitive',
  'httpPayload',
  'httpResponseCode',
  'httpQueryParams',
];
const simpleRefs = {
  0: 'string',
  1: 'number',
  2: 'boolean',
  4: 'timestamp',
  5: 'timestamp:date-time',
  6: 'timestamp:http-date',
  7: 'timestamp:epoch-seconds',
  15: 'document',
  17: 'number',
  19: 'number',
  21: 'blob',
  42: 'stream',
};

function traitsOf(traits) {
  if (typeof traits === 'object') return traits;
  return Object.fromEntries(traitBits.filter((_, bit) => ((traits >> bit) & 1) === 1).map((name) => [name, 1]));
}

/** Links of members to enums, which the schemas lack, from the type declarations: "Struct.member" -> enum name. */
function enumLinks(directory, enums) {
  const links = new Map();
  const lists = new Map();
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.d.ts'))) {
    const text = readFileSync(join(directory, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
    for (const [, struct, body] of text.matchAll(/export (?:interface|declare class) (\w+)[^{]*\{([\s\S]*?)\n\}/g)) {
      for (const [, member, type] of body.matchAll(/^\s{4}(?:readonly )?(\w+)\??: (.*?);$/gm)) {
        const names = type.match(/\b[A-Z]\w*\b/g) ?? [];
        const found = names.find((name) => enums.has(name));
        if (found === undefined) continue;
        if (new RegExp(`^${found}( \\| undefined)?$`).test(type)) links.set(`${struct}.${member}`, found);
        else lists.set(`${struct}.${member}`, { name: found, key: new RegExp(`(Record<|in )${found}\\b`).test(type) });
      }
    }
  }
  return { links, lists };
}

function generate(name, packageName) {
  const sdk = require(`@aws-sdk/client-${packageName}`);
  const schemas = Object.values(sdk).filter((value) => Array.isArray(value) && typeof value[0] === 'number');
  const Client = Object.entries(sdk).find(
    ([key, value]) => key.endsWith('Client') && typeof value === 'function' && key !== '__Client',
  )[1];
  const client = new Client({ region: 'us-east-1' });
  const { protocolSettings, serviceId, defaultSigningName, protocol } = client.config;
  const enums = new Map(
    Object.entries(sdk)
      .filter(
        ([key, value]) =>
          /^[A-Z]/.test(key) &&
          typeof value === 'object' &&
          value !== null &&
          Object.values(value).length > 0 &&
          Object.values(value).every((entry) => typeof entry === 'string'),
      )
      .map(([key, value]) => [key, Object.values(value)]),
  );
  const declarations = join(
    dirname(require.resolve(`@aws-sdk/client-${packageName}/package.json`)),
    'dist-types',
    'models',
  );
  const { links, lists } = enumLinks(declarations, enums);

  const shapes = {};
  const usedEnums = {};
  const operations = {};

  function reference(schema) {
    if (typeof schema === 'function') return reference(schema());
    if (schema === 'unit') return { ref: '#Unit' };
    if (typeof schema === 'number') {
      if (schema >= 128) return { map: [{ ref: 'string' }, reference(schema - 128)] };
      if (schema >= 64) return { list: reference(schema - 64) };
      const simple = simpleRefs[schema];
      if (simple === undefined) throw new Error(`${name}: unknown schema number ${schema}`);
      return { ref: simple };
    }
    if (schema.length === 2) return { ...reference(schema[0]), ...withTraits(schema[1]) };
    if (schema[0] === 0) return { ...reference(schema[4]), ...withTraits(schema[3]) };
    return { ref: `#${define(schema)}` };
  }

  function withTraits(traits) {
    const own = traitsOf(traits);
    return Object.keys(own).length === 0 ? {} : { traits: own };
  }

  function define(schema) {
    const [kind, , shapeName, traits] = schema;
    if (shapes[shapeName] !== undefined) return shapeName;
    const shape = (shapes[shapeName] = {
      kind: { 1: 'list', 2: 'map', 3: 'structure', 4: 'union', [-3]: 'error' }[kind],
      ...withTraits(traits),
    });
    if (kind === 1) shape.item = reference(schema[4]);
    else if (kind === 2) [shape.key, shape.value] = [reference(schema[4]), reference(schema[5])];
    else {
      shape.members = {};
      schema[4].forEach((member, index) => {
        const target = (shape.members[member] = reference(schema[5][index]));
        const link = links.get(`${shapeName}.${member}`);
        if (link !== undefined && target.ref === 'string') [target.enum, usedEnums[link]] = [link, enums.get(link)];
        const inside = lists.get(`${shapeName}.${member}`);
        if (inside !== undefined) linkInside(target, inside);
      });
      const required = schema[4].slice(0, schema[6] ?? 0);
      if (required.length > 0) shape.required = required;
    }
    return shapeName;
  }

  /** `Enum[]` and `Record<Enum, …>`: the link belongs to the list's item or the map's key. */
  function linkInside(target, { name: enumName, key }) {
    const shape = target.ref?.startsWith('#') ? shapes[target.ref.slice(1)] : target;
    const item = shape.list ?? shape.item ?? (shape.map ? shape.map[key ? 0 : 1] : key ? shape.key : shape.value);
    if (item?.ref === 'string') [item.enum, usedEnums[enumName]] = [enumName, enums.get(enumName)];
  }

  for (const schema of schemas) {
    if (schema[0] === 9)
      operations[schema[2]] = {
        input: reference(schema[4]).ref.slice(1),
        output: reference(schema[5]).ref.slice(1),
        ...withTraits(schema[3]),
      };
    else if (schema[0] === -3) define(schema);
  }
  const table = {
    name,
    serviceId,
    signingName: defaultSigningName,
    protocol: typeof protocol === 'object' ? protocol.getShapeId?.() : new protocol(protocolSettings).getShapeId(),
    namespace: protocolSettings.defaultNamespace,
    version: protocolSettings.version,
    target: protocolSettings.serviceTarget,
    xmlNamespace: protocolSettings.xmlNamespace,
    enums: usedEnums,
    shapes,
    operations,
  };
  writeFileSync(join(root, 'build/tables', `${name}.json`), JSON.stringify(table));
  writeFileSync(join(root, 'src/protocol/generated', `${name}.ts`), types(table));
  return table;
}

function types(table) {
  const lines = [
    `// Generated from @aws-sdk/client-${services[table.name]} by scripts/generate.mjs. Timestamps are epoch milliseconds.`,
  ];
  const typeName = (shape) =>
    /^[0-9]/.test(shape)
      ? `_${shape}`
      : ['Record', 'AsyncIterable', 'Uint8Array', 'Operations'].includes(shape)
        ? `${shape}_`
        : shape;
  const type = (target) => {
    if (target.list) return `readonly (${type(target.list)})[]`;
    if (target.map) return `{ readonly [key: string]: ${type(target.map[1])} }`;
    if (target.enum) return table.enums[target.enum].map((value) => `'${value.replaceAll("'", "\\'")}'`).join(' | ');
    if (target.ref.startsWith('#')) {
      const shape = table.shapes[target.ref.slice(1)];
      const streaming = target.traits?.streaming ?? shape.traits?.streaming;
      const named = typeName(target.ref.slice(1));
      return streaming ? `AsyncIterable<${named}>` : named;
    }
    return (
      {
        string: 'string',
        number: 'number',
        boolean: 'boolean',
        document: 'unknown',
        blob: 'Uint8Array',
        stream: 'AsyncIterable<Uint8Array>',
      }[target.ref] ?? 'number'
    );
  };
  for (const [name, shape] of Object.entries(table.shapes).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (shape.kind === 'list') lines.push(`export type ${typeName(name)} = readonly (${type(shape.item)})[];`);
    else if (shape.kind === 'map')
      lines.push(`export type ${typeName(name)} = { readonly [key: string]: ${type(shape.value)} };`);
    else {
      const members = Object.entries(shape.members).map(([member, target]) => {
        const required = shape.required?.includes(member);
        return `  readonly ${JSON.stringify(member)}${required ? '' : '?'}: ${type(target)}${required ? '' : ' | undefined'};`;
      });
      lines.push(
        members.length === 0
          ? `export type ${typeName(name)} = object;`
          : `export interface ${typeName(name)} {\n${members.join('\n')}\n}`,
      );
    }
  }
  const operations = Object.entries(table.operations).map(
    ([name, { input, output }]) =>
      `  readonly ${name}: { readonly input: ${input === 'Unit' ? 'object' : typeName(input)}; readonly output: ${output === 'Unit' ? 'object' : typeName(output)} };`,
  );
  lines.push(`export interface Operations {\n${operations.join('\n')}\n}`);
  return `${lines.join('\n')}\n`;
}

mkdirSync(join(root, 'build/tables'), { recursive: true });
mkdirSync(join(root, 'src/protocol/generated'), { recursive: true });
const only = process.argv.slice(2);
let total = 0;
for (const [name, packageName] of Object.entries(services)) {
  if (only.length > 0 && !only.includes(name)) continue;
  total += Object.keys(generate(name, packageName).operations).length;
}
console.log(
  `generated tables and types of ${only.length > 0 ? only.length : Object.keys(services).length} services, ${total} operations`,
);
