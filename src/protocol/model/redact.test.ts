import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hiddenMembers } from './hidden.ts';
import { ServiceModel } from './model.ts';
import { hiddenText, redactedJson } from './redact.ts';
import { readServiceIndex, readServiceTable } from './tables.ts';
import type { ReferenceTable, ServiceTable, ShapeTable } from './tables.ts';

// Values are made from the raw tables, not from the model that `redacted` reads, so that both must say the same of a secret.

/** Every secret text has this in it, and nothing else has. */
const secret = 'S3CRET';
const maxDepth = 5;

class Values {
  readonly #table: ServiceTable;
  readonly #choose: (most: number) => number;
  open = 0;
  secrets = 0;

  constructor(table: ServiceTable, choose: (most: number) => number) {
    this.#table = table;
    this.#choose = choose;
  }

  structure(name: string, shape: ShapeTable, depth: number, hidden: boolean): Record<string, unknown> {
    const inside = hidden || shape.traits?.sensitive === 1;
    const value: Record<string, unknown> = {};
    for (const [member, reference] of Object.entries(shape.members ?? {})) {
      if (depth > 1 && this.#choose(3) === 0) continue;
      const unmarked = hiddenMembers[this.#table.name]?.includes(`${name}.${member}`) === true;
      const made = this.value(reference, depth + 1, inside || unmarked);
      if (made !== undefined) value[member] = made;
    }
    return value;
  }

  value(reference: ReferenceTable, depth: number, hidden: boolean): unknown {
    const inside = hidden || reference.traits?.sensitive === 1;
    if (depth > maxDepth || reference.traits?.streaming === 1) return undefined;
    const [ref = ''] = (reference.ref ?? '').split(':');
    if (ref.startsWith('#')) return this.#named(ref.slice(1), depth, inside);
    if (reference.list !== undefined) return [this.value(reference.list, depth + 1, inside)];
    if (reference.map !== undefined) return this.#map(...reference.map, depth, inside);
    if (ref === 'blob') return Buffer.from(secret);
    if (ref === 'string' || ref === 'document') return this.#text(inside);
    return ref === 'boolean' ? true : 1_700_000_000_000;
  }

  #named(name: string, depth: number, hidden: boolean): unknown {
    const shape = this.#table.shapes[name];
    if (shape === undefined) throw new Error(`no shape ${name}`);
    const inside = hidden || shape.traits?.sensitive === 1;
    if (shape.kind === 'list') return [this.value(shape.item ?? {}, depth + 1, inside)];
    if (shape.kind === 'map') return this.#map(shape.key ?? {}, shape.value ?? {}, depth, inside);
    return this.structure(name, shape, depth, inside);
  }

  #map(key: ReferenceTable, value: ReferenceTable, depth: number, hidden: boolean): object {
    const inside = hidden || key.traits?.sensitive === 1;
    const made = this.value(value, depth + 1, inside);
    // An entry whose value is left out is left out with its key.
    return made === undefined || made instanceof Buffer ? {} : { [this.#text(inside)]: made };
  }

  #text(hidden: boolean): string {
    if (hidden) this.secrets += 1;
    else this.open += 1;
    return hidden ? `${secret}-${this.secrets}` : `open-${this.open}-`;
  }
}

/** What is shown, and the ARNs of it. */
function shownOf(service: string, shape: string, value: object, arns: string[] = []): unknown {
  const shown = { time: (timeMs: number) => timeMs, arns };
  return JSON.parse(redactedJson(new ServiceModel(readServiceTable(service)).shape(shape), value, shown));
}

const services = readServiceIndex().map(({ name }) => name);

describe('redacted', () => {
  test.each(services)('[CT-4] %s: no secret of any operation’s input or output is shown', (service) => {
    const table = readServiceTable(service);
    const model = new ServiceModel(table);
    const names = [...new Set(Object.values(table.operations).flatMap(({ input, output }) => [input, output]))].filter(
      (name) => name !== 'Unit',
    );
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
        const choose = (most: number): number => (numbers.next().value as number) % most;
        for (const name of names) {
          const values = new Values(table, choose);
          const value = values.structure(name, table.shapes[name] as ShapeTable, 0, false);
          const shown = redactedJson(model.shape(name), value, { time: (timeMs) => timeMs, arns: [] });
          if (shown.includes(secret)) throw new Error(`${name} shows ${shown}`);
          expect(shown.match(/open-\d+-/g)?.length ?? 0).toBe(values.open);
        }
      }),
      { numRuns: 3, seed: 1 },
    );
  });

  test('[CT-4] the table of hidden members names members that there are and that are not marked already', () => {
    for (const [service, members] of Object.entries(hiddenMembers)) {
      const { shapes } = readServiceTable(service);
      for (const name of members) {
        const [shape = '', member = ''] = name.split('.');
        const reference = shapes[shape]?.members?.[member];
        expect(reference, `${service} ${name}`).toBeDefined();
        expect(reference?.traits?.sensitive, `${service} ${name}`).toBeUndefined();
      }
    }
  });

  test.each([
    [
      'secretsmanager',
      'CreateSecretRequest',
      { Name: 'a', SecretString: 'x' },
      { name: 'a', secretString: hiddenText },
    ],
    ['secretsmanager', 'GetSecretValueResponse', { SecretBinary: Buffer.from('x') }, { secretBinary: hiddenText }],
    ['ssm', 'PutParameterRequest', { Name: 'a', Value: 'x' }, { name: 'a', value: hiddenText }],
    [
      'iam',
      'AccessKey',
      { AccessKeyId: 'AK', SecretAccessKey: 'x' },
      { accessKeyId: 'AK', secretAccessKey: hiddenText },
    ],
    [
      'sts',
      'Credentials',
      { SecretAccessKey: 'x', SessionToken: 'y' },
      { secretAccessKey: hiddenText, sessionToken: hiddenText },
    ],
    ['ecr', 'AuthorizationData', { authorizationToken: 'x' }, { authorizationToken: hiddenText }],
    [
      'ecs',
      'ContainerDefinition',
      { name: 'web', environment: [{ name: 'A', value: 'x' }] },
      { name: 'web', environment: hiddenText },
    ],
    [
      'rds',
      'CreateDBInstanceMessage',
      { MasterUsername: 'm', MasterUserPassword: 'x' },
      { masterUsername: 'm', masterUserPassword: hiddenText },
    ],
    [
      'acm',
      'ImportCertificateRequest',
      { Certificate: Buffer.from('c'), PrivateKey: Buffer.from('x') },
      { privateKey: hiddenText },
    ],
  ])('[CT-4] %s %s', (service, shape, value, expected) => {
    expect(shownOf(service, shape, value)).toEqual(expected);
  });

  test('ARNs near the top are handed over as far as they are shown, secrets and what lies deeper are not', () => {
    const arns: string[] = [];
    const tasks = [{ taskArn: 'arn:task', containers: [{ taskArn: 'arn:deep' }] }, { taskArn: 'arn:other' }];
    shownOf('ecs', 'RunTaskResponse', { tasks, failures: [] }, arns);
    shownOf('ssm', 'PutParameterRequest', { Name: 'arn:name', Value: 'arn:secret' }, arns);
    expect(arns).toEqual(['arn:task', 'arn:other', 'arn:name']);
  });

  test('texts, numbers, times, maps and what is left out are JSON', () => {
    const value = {
      family: 'a "b"\u2028\n\ud800',
      containerDefinitions: [
        { name: 'web', cpu: 1.5, essential: true, dockerLabels: { 'k"': 'v', gone: null }, nobody: 1 },
        null,
      ],
      tags: [],
      cpu: undefined,
    };
    expect(shownOf('ecs', 'RegisterTaskDefinitionRequest', value)).toEqual({
      family: 'a "b"\u2028\n\ud800',
      containerDefinitions: [{ name: 'web', cpu: 1.5, essential: true, dockerLabels: { 'k"': 'v' } }],
      tags: [],
    });
    expect(shownOf('ecs', 'Task', { createdAt: 5, startedAt: 'no time' })).toEqual({ createdAt: 5 });
  });
});
