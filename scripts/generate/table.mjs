// One SDK client package -> the table of a service: plain JSON, described by src/protocol/tables.ts.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { addedTexts, floatMembers, requiredTokens } from './corrections.mjs';
import { enumLinks, enumsOf } from './enums.mjs';

const require = createRequire(import.meta.url);

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
/** Numbers that stand for simple types. 17 and 19 are big integers and decimals, which no service of ours has. */
const simpleRefs = {
  0: 'string',
  1: 'integer',
  2: 'boolean',
  4: 'timestamp',
  5: 'timestamp:date-time',
  6: 'timestamp:http-date',
  7: 'timestamp:epoch-seconds',
  15: 'document',
  21: 'blob',
};
const kinds = { 1: 'list', 2: 'map', 3: 'structure', 4: 'union', [-3]: 'error' };
const listBit = 64;
const mapBit = 128;

/** What src/protocol reads or may ignore. A new trait must be looked at before the tables can be trusted. */
const knownTraits = new Set([
  'httpLabel',
  'httpQuery',
  'idempotent',
  'idempotencyToken',
  'sensitive',
  'streaming',
  'xmlName',
  'ec2QueryName',
  'http',
  'endpoint',
  'error',
  'httpError',
  'awsQueryError',
]);

/** Traits as an object, from either form. */
function traitsOf(traits) {
  const named =
    typeof traits === 'object'
      ? traits
      : Object.fromEntries(traitBits.filter((_, bit) => ((traits >> bit) & 1) === 1).map((name) => [name, 1]));
  const unknown = Object.keys(named).filter((name) => !knownTraits.has(name));
  if (unknown.length > 0) throw new Error(`src/protocol does not know the traits ${unknown.join(', ')}`);
  return Object.keys(named).length === 0 ? {} : { traits: named };
}

/** Turns schemas into references and shapes; `shapes` and `usedEnums` fill up as it goes. */
class Shapes {
  shapes = {};
  usedEnums = {};
  #enums;
  #links;
  #insides;
  #floats;
  #tokens;
  #addedTexts;
  constructor(service, sdk, declarations) {
    this.#enums = enumsOf(sdk);
    const { links, insides } = enumLinks(declarations, this.#enums);
    this.#links = links;
    this.#insides = insides;
    this.#floats = floatMembers[service] ?? {};
    this.#tokens = requiredTokens[service] ?? [];
    this.#addedTexts = addedTexts[service] ?? [];
  }

  reference(schema) {
    if (typeof schema === 'function') return this.reference(schema());
    if (schema === 'unit') return { ref: '#Unit' };
    if (typeof schema === 'number') return this.#numbered(schema);
    if (schema.length === 2) return inherit(this.reference(schema[0]), traitsOf(schema[1]));
    if (schema[0] === 0) return { ...this.reference(schema[4]), ...traitsOf(schema[3]) };
    return inherit({ ref: `#${this.define(schema)}` }, streaming(schema[3]));
  }

  #numbered(schema) {
    if (schema >= mapBit) return { map: [{ ref: 'string' }, this.reference(schema - mapBit)] };
    if (schema >= listBit) return { list: this.reference(schema - listBit) };
    const simple = simpleRefs[schema];
    if (simple === undefined) throw new Error(`unknown schema number ${schema}: see @smithy/types, schema/sentinels`);
    return { ref: simple };
  }

  /** Adds a list, map, structure, union or error and all it needs; returns its name. */
  define(schema) {
    const [kind, , name, traits] = schema;
    if (this.shapes[name] !== undefined) return name;
    if (kinds[kind] === undefined) throw new Error(`${name}: unknown kind of schema ${kind}`);
    const shape = (this.shapes[name] = { kind: kinds[kind], ...traitsOf(traits) });
    if (kind === 1) shape.item = this.reference(schema[4]);
    else if (kind === 2) [shape.key, shape.value] = [this.reference(schema[4]), this.reference(schema[5])];
    else this.#members(shape, schema);
    return name;
  }

  #members(shape, [, , name, , memberNames, memberSchemas, requiredCount = 0]) {
    shape.members = {};
    const floats = new Set((this.#floats[name] ?? '').split(' '));
    memberNames.forEach((member, index) => {
      const target = (shape.members[member] = this.reference(memberSchemas[index]));
      const link = this.#links.get(`${name}.${member}`);
      if (link !== undefined && target.ref === 'string') this.#setEnum(target, link);
      const inside = this.#insides.get(`${name}.${member}`);
      if (inside !== undefined) this.#setEnumInside(target, inside);
      if (floats.has(member)) this.#setFloat(target);
    });
    for (const added of this.#addedTexts) {
      const [shapeName, member] = added.split('.');
      if (shapeName === name) shape.members[member] ??= { ref: 'string' };
    }
    const tokens = memberNames.filter((member) => this.#tokens.includes(`${name}.${member}`));
    const required = [...memberNames.slice(0, requiredCount), ...tokens];
    if (required.length > 0) shape.required = required;
  }

  #setEnum(target, name) {
    target.enum = name;
    this.usedEnums[name] = this.#enums.get(name);
  }

  /** `Enum[]` and `Record<Enum, …>`: the link belongs to the list's item or the map's key or value. */
  #setEnumInside(target, { name, key }) {
    const shape = this.#containerOf(target);
    const item = shape.list ?? shape.item ?? (shape.map ? shape.map[key ? 0 : 1] : key ? shape.key : shape.value);
    if (item?.ref === 'string') this.#setEnum(item, name);
  }

  #setFloat(target) {
    if (target.ref === 'integer') target.ref = 'float';
    const shape = this.#containerOf(target);
    const item = shape.list ?? shape.item ?? shape.map?.[1] ?? shape.value;
    if (item?.ref === 'integer') item.ref = 'float';
    else if (item !== undefined && item !== target && !item.ref?.startsWith('#')) this.#setFloat(item);
  }

  #containerOf(target) {
    return target.ref?.startsWith('#') ? this.shapes[target.ref.slice(1)] : target;
  }
}

/** Members inherit only `streaming` from their target: a target's own xmlName must not be. */
function streaming(traits) {
  return traitsOf(traits).traits?.streaming ? { traits: { streaming: 1 } } : {};
}

function inherit(reference, { traits }) {
  const all = { ...reference.traits, ...traits };
  return Object.keys(all).length === 0 ? reference : { ...reference, traits: all };
}

/** The table of the service `name`, from the package `@aws-sdk/client-<packageName>`. */
export function tableOf(name, packageName) {
  const sdk = require(`@aws-sdk/client-${packageName}`);
  const [, Client] = Object.entries(sdk).find(
    ([key, value]) => key.endsWith('Client') && typeof value === 'function' && key !== '__Client',
  );
  const { protocolSettings, serviceId, defaultSigningName, protocol } = new Client({ region: 'us-east-1' }).config;
  const packageFolder = dirname(require.resolve(`@aws-sdk/client-${packageName}/package.json`));
  const shapes = new Shapes(name, sdk, join(packageFolder, 'dist-types', 'models'));
  const operations = {};
  for (const schema of Object.values(sdk)) {
    if (!Array.isArray(schema)) continue;
    if (schema[0] === 9) {
      operations[schema[2]] = {
        input: shapes.reference(schema[4]).ref.slice(1),
        output: shapes.reference(schema[5]).ref.slice(1),
        ...traitsOf(schema[3]),
      };
    } else if (schema[0] === -3) shapes.define(schema);
  }
  return {
    name,
    serviceId,
    signingName: defaultSigningName,
    protocol: typeof protocol === 'object' ? protocol.getShapeId() : new protocol(protocolSettings).getShapeId(),
    namespace: protocolSettings.defaultNamespace,
    version: protocolSettings.version,
    target: protocolSettings.serviceTarget,
    xmlNamespace: protocolSettings.xmlNamespace,
    queryCompatible: protocolSettings.awsQueryCompatible === true,
    enums: shapes.usedEnums,
    shapes: shapes.shapes,
    operations,
  };
}
