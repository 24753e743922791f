import { toBytes } from '../../kernel/index.ts';
import type { Limits } from '../api/index.ts';
import { compileLimit } from './limit.ts';
import type { Limit } from './limit.ts';
import type { OperationTable, ReferenceTable, ServiceTable, ShapeTable, TraitsTable } from './tables.ts';

export type Type =
  | 'string'
  | 'integer'
  | 'float'
  | 'boolean'
  | 'timestamp'
  | 'blob'
  | 'document'
  | 'list'
  | 'map'
  | 'structure'
  | 'union';

export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds';

const noTraits: TraitsTable = {};

/** Literals of this file: comparing them is comparing pointers, which text cut out of a table is not. */
const leafTypes = new Map<string, Type>(
  (['string', 'integer', 'float', 'boolean', 'timestamp', 'blob', 'document', 'list', 'map'] as const).map((type) => [
    type,
    type,
  ]),
);
const shapeTypes = { list: 'list', map: 'map', structure: 'structure', union: 'union', error: 'structure' } as const;

/** One AWS service: its operations and shapes, resolved when first used. */
export class ServiceModel {
  readonly table: ServiceTable;
  readonly limits: Limits;
  readonly #shapes = new Map<string, Shape>();
  readonly #operations = new Map<string, Operation>();
  #errors: ReadonlyMap<string, ErrorModel> | undefined;

  constructor(table: ServiceTable, limits: Limits = {}) {
    this.table = table;
    this.limits = limits;
  }

  get name(): string {
    return this.table.name;
  }

  operation(name: string): Operation | undefined {
    const known = this.#operations.get(name);
    if (known !== undefined || !Object.hasOwn(this.table.operations, name)) return known;
    const operation = new Operation(this, name, this.table.operations[name] as OperationTable);
    this.#operations.set(name, operation);
    return operation;
  }

  operationNames(): readonly string[] {
    return Object.keys(this.table.operations);
  }

  /** A list, map, structure, union or error by name; `Unit` has no members. */
  shape(name: string): Shape {
    let shape = this.#shapes.get(name);
    if (shape === undefined) {
      const table = name === 'Unit' ? { kind: 'structure' as const, members: {} } : this.table.shapes[name];
      if (table === undefined) throw new Error(`the table of ${this.name} has no shape ${name}`);
      shape = new Shape(this, name, table);
      this.#shapes.set(name, shape);
    }
    return shape;
  }

  /** An error by the name of its shape or, failing that, by its code in the query protocols. */
  error(code: string): ErrorModel | undefined {
    this.#errors ??= this.#readErrors();
    return this.#errors.get(code);
  }

  #readErrors(): ReadonlyMap<string, ErrorModel> {
    const errors = new Map<string, ErrorModel>();
    const models = Object.entries(this.table.shapes)
      .filter(([, shape]) => shape.kind === 'error')
      .map(([name]) => new ErrorModel(this.shape(name)));
    for (const model of models) if (!errors.has(model.queryCode)) errors.set(model.queryCode, model);
    for (const model of models) errors.set(model.shape.name, model);
    return errors;
  }
}

export class Operation {
  readonly service: ServiceModel;
  readonly name: string;
  readonly input: Shape;
  readonly output: Shape;
  /** False when the operation answers nothing at all. */
  readonly hasOutput: boolean;
  readonly http: readonly [method: string, path: string, status: number] | undefined;
  /** The output member that is an event stream. */
  readonly streamMember: Member | undefined;

  constructor(service: ServiceModel, name: string, table: OperationTable) {
    this.service = service;
    this.name = name;
    this.input = service.shape(table.input);
    this.output = service.shape(table.output);
    this.hasOutput = table.output !== 'Unit';
    this.http = table.traits?.http;
    this.streamMember = this.output.members.find((member) => member.target.streaming);
  }
}

export class Shape {
  readonly service: ServiceModel;
  readonly name: string;
  readonly table: ShapeTable;
  #members: readonly Member[] | undefined;
  #byName: ReadonlyMap<string, Member> | undefined;
  #required: readonly Member[] | undefined;

  constructor(service: ServiceModel, name: string, table: ShapeTable) {
    this.service = service;
    this.name = name;
    this.table = table;
  }

  /** In the order of the table: required ones first. Empty for lists and maps. */
  get members(): readonly Member[] {
    this.#members ??= Object.entries(this.table.members ?? {}).map(([name, table]) => new Member(this, name, table));
    return this.#members;
  }

  get byName(): ReadonlyMap<string, Member> {
    this.#byName ??= new Map(this.members.map((member) => [member.name, member]));
    return this.#byName;
  }

  get required(): readonly Member[] {
    this.#required ??= this.members.filter((member) => this.table.required?.includes(member.name));
    return this.#required;
  }
}

function leafType(name: string): Type {
  const type = leafTypes.get(name);
  if (type === undefined) throw new Error(`the table names an unknown type ${name}`);
  return type;
}

/** What stands at a place of a tree: a leaf's type, or the shape of what is below. */
export class Target {
  readonly type: Type;
  /** Undefined: the protocol's default. */
  readonly timestampFormat: TimestampFormat | undefined;
  readonly enumValues: ReadonlySet<string> | undefined;
  readonly traits: TraitsTable;
  readonly streaming: boolean;
  /** Marked as secret, here or at the shape this refers to. */
  readonly sensitive: boolean;
  readonly limit: Limit | undefined;
  readonly #service: ServiceModel;
  readonly #table: ReferenceTable;
  readonly #path: string;
  #shape: Shape | undefined;
  #item: Target | undefined;
  #key: Target | undefined;

  /** @param path `Shape.member`, as limits may name it */
  constructor(service: ServiceModel, path: string, table: ReferenceTable) {
    this.#service = service;
    this.#table = table;
    this.#path = path;
    const [ref = '', format] = (table.ref ?? (table.list === undefined ? 'map' : 'list')).split(':');
    const named = ref.startsWith('#') ? service.shape(ref.slice(1)).table : undefined;
    this.type = named === undefined ? leafType(ref) : shapeTypes[named.kind];
    this.timestampFormat = format as TimestampFormat | undefined;
    this.enumValues = table.enum === undefined ? undefined : new Set(service.table.enums[table.enum]);
    this.traits = table.traits ?? noTraits;
    this.streaming = this.traits.streaming === 1;
    this.sensitive = this.traits.sensitive === 1 || named?.traits?.sensitive === 1;
    this.limit = this.#findLimit();
  }

  /** Of a structure or union. */
  get shape(): Shape {
    this.#shape ??= this.#service.shape(this.#table.ref?.slice(1) ?? '');
    return this.#shape;
  }

  /** What a list holds, or the values of a map. */
  get item(): Target {
    this.#item ??= this.#inside(this.type === 'list' ? 'member' : 'value');
    return this.#item;
  }

  /** The keys of a map. */
  get key(): Target {
    this.#key ??= this.#inside('key');
    return this.#key;
  }

  #inside(part: 'member' | 'key' | 'value'): Target {
    const { list, map, ref } = this.#table;
    const owner = ref === undefined ? this.#path : ref.slice(1);
    const named = ref === undefined ? undefined : this.#service.shape(owner).table;
    const table = {
      member: list ?? named?.item,
      key: map?.[0] ?? named?.key,
      value: map?.[1] ?? named?.value,
    }[part];
    return new Target(this.#service, `${owner}.${part}`, table ?? {});
  }

  /** Items, keys and values are limited only by `Shape.member`, `Shape.key`, `Shape.value`; members also by their name alone. */
  #findLimit(): Limit | undefined {
    const { limits } = this.#service;
    const name = this.#path.slice(this.#path.indexOf('.') + 1);
    const inside = name === 'member' || name === 'key' || name === 'value' || name.includes('.');
    const limit = limits[this.#path] ?? (inside ? undefined : limits[name]);
    return limit === undefined ? undefined : compileLimit(limit);
  }
}

/** A member of a structure, union or error. */
export class Member {
  readonly name: string;
  readonly target: Target;
  /** Name in XML; the same in the query protocol's forms. */
  readonly xmlName: string;
  /** Name in EC2's forms. */
  readonly ec2Name: string;
  /** Name in records of calls, which begin all members with a small letter. */
  readonly recordName: string;
  /** `"name":`, as JSON has it. */
  readonly jsonKey: Uint8Array;

  constructor(shape: Shape, name: string, table: ReferenceTable) {
    this.name = name;
    this.target = new Target(shape.service, `${shape.name}.${name}`, table);
    const { xmlName, ec2QueryName } = this.target.traits;
    this.xmlName = xmlName ?? name;
    this.ec2Name = ec2QueryName ?? this.xmlName.charAt(0).toUpperCase() + this.xmlName.slice(1);
    this.recordName = name.charAt(0).toLowerCase() + name.slice(1);
    this.jsonKey = toBytes(`${JSON.stringify(name)}:`);
  }
}

export class ErrorModel {
  readonly shape: Shape;
  /** Code in the query protocols. */
  readonly queryCode: string;
  readonly status: number;
  /** Status in the query protocols. */
  readonly queryStatus: number;
  /** `message` or `Message`, as the shape has it; errors without one still need it written. */
  readonly messageName: string;

  constructor(shape: Shape) {
    const traits = shape.table.traits ?? noTraits;
    const byFault = traits.error === 'server' ? 500 : 400;
    this.shape = shape;
    this.queryCode = traits.awsQueryError?.[0] ?? shape.name;
    this.status = traits.httpError ?? byFault;
    this.queryStatus = traits.awsQueryError?.[1] ?? this.status;
    this.messageName = shape.byName.has('message') ? 'message' : shape.byName.has('Message') ? 'Message' : 'message';
  }
}
