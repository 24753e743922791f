import { readFileSync } from 'node:fs';

// The JSON that scripts/generate.mjs writes, as it is. Everything else reads it through ./model.ts.

/** Smithy traits that the wire needs, by name. */
export interface TraitsTable {
  readonly xmlName?: string;
  readonly ec2QueryName?: string;
  readonly httpLabel?: 1;
  readonly httpQuery?: string;
  readonly sensitive?: 1;
  readonly streaming?: 1;
  /** Of an operation: method, path template, status. */
  readonly http?: readonly [string, string, number];
  /** Of an operation: the host prefix, such as `data-`. */
  readonly endpoint?: readonly [string];
  /** Of an error: its status. */
  readonly httpError?: number;
  /** Of an error: its code and status in the query protocols. */
  readonly awsQueryError?: readonly [string, number];
  readonly error?: 'client' | 'server';
}

/** What a member, item, key or value is. One of `ref`, `list`, `map`. */
export interface ReferenceTable {
  /** `string`, `integer`, `float`, `boolean`, `timestamp[:format]`, `blob`, `document` or `#Shape`. */
  readonly ref?: string;
  readonly list?: ReferenceTable;
  readonly map?: readonly [ReferenceTable, ReferenceTable];
  readonly enum?: string;
  readonly traits?: TraitsTable;
}

export interface ShapeTable {
  readonly kind: 'list' | 'map' | 'structure' | 'union' | 'error';
  readonly traits?: TraitsTable;
  readonly item?: ReferenceTable;
  readonly key?: ReferenceTable;
  readonly value?: ReferenceTable;
  readonly members?: Readonly<Record<string, ReferenceTable>>;
  readonly required?: readonly string[];
}

export interface OperationTable {
  /** A shape, or `Unit`. */
  readonly input: string;
  readonly output: string;
  readonly traits?: TraitsTable;
}

/** What dispatch knows of a service before its table is read. */
export interface ServiceEntry {
  /** Longshore's name, such as `elbv2`. */
  readonly name: string;
  /** Such as `elasticloadbalancing`. */
  readonly signingName: string;
  /** Such as `aws.protocols#awsJson1_1`: what its SDK speaks first. */
  readonly protocol: string;
  /** API version, a date. */
  readonly version: string;
  /** Prefix of X-Amz-Target. */
  readonly target: string;
}

export interface ServiceTable extends ServiceEntry {
  readonly namespace: string;
  readonly xmlNamespace?: string;
  readonly queryCompatible: boolean;
  readonly enums: Readonly<Record<string, readonly string[]>>;
  readonly shapes: Readonly<Record<string, ShapeTable>>;
  readonly operations: Readonly<Record<string, OperationTable>>;
}

const folder = new URL('../../../build/tables/', import.meta.url);

function readTable(file: string): unknown {
  try {
    return JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
  } catch (cause) {
    throw new Error(`cannot read the table ${file} of AWS shapes: run "npm run generate"`, { cause });
  }
}

/** Every service there is a table for. @throws Error when the tables were not generated */
export function readServiceIndex(): readonly ServiceEntry[] {
  return readTable('index.json') as readonly ServiceEntry[];
}

/** The table of one service, some milliseconds of work. @throws Error when there is none */
export function readServiceTable(name: string): ServiceTable {
  return readTable(`${name}.json`) as ServiceTable;
}
