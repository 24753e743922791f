import { describe, expect, test } from 'vitest';
import { ApiError, describeViolations } from '../api/index.ts';
import type { Limits } from '../api/index.ts';
import { ServiceModel } from './model.ts';
import { Reader } from './read.ts';
import { readServiceTable } from './tables.ts';

const table = readServiceTable('ecs');

function read(operationName: string, tree: unknown, limits: Limits = {}): { input: object; text: string } {
  const operation = new ServiceModel(table, limits).operation(operationName);
  if (operation === undefined) throw new Error(`no ${operationName}`);
  const reader = new Reader(true);
  const input = reader.readStructure(operation.input, tree);
  return { input, text: reader.violations.length === 0 ? '' : describeViolations(reader.violations) };
}

describe('AWS words what is wrong', () => {
  test.each<{ name: string; operation: string; tree: unknown; limits?: Limits; want: string }>([
    {
      name: 'a missing member',
      operation: 'RegisterTaskDefinition',
      tree: { containerDefinitions: [] },
      want: "1 validation error detected: Value null at 'family' failed to satisfy constraint: Member must not be null",
    },
    {
      name: 'a member of an item',
      operation: 'RegisterTaskDefinition',
      tree: { family: 'f', containerDefinitions: [{ dependsOn: [{ containerName: 'a', condition: 'LATER' }] }] },
      want: "1 validation error detected: Value 'LATER' at 'containerDefinitions.1.member.dependsOn.1.member.condition' failed to satisfy constraint: Member must satisfy enum value set: [COMPLETE, HEALTHY, START, SUCCESS]",
    },
    {
      name: 'an enum in a list',
      operation: 'RegisterTaskDefinition',
      tree: { family: 'f', containerDefinitions: [], requiresCompatibilities: ['EC2', 'MARS'] },
      want: "1 validation error detected: Value '[EC2, MARS]' at 'requiresCompatibilities' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [EC2, EXTERNAL, FARGATE, MANAGED_INSTANCES]]",
    },
    {
      name: 'two limits of one member',
      operation: 'CreateCluster',
      tree: { clusterName: 'a b c' },
      limits: { clusterName: [1, 3, '[a-z]+'] },
      want: "2 validation errors detected: Value 'a b c' at 'clusterName' failed to satisfy constraint: Member must have length less than or equal to 3; Value 'a b c' at 'clusterName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
    },
    {
      name: 'a number out of range',
      operation: 'ListTasks',
      tree: { maxResults: 101 },
      limits: { maxResults: [1, 100] },
      want: "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100",
    },
    {
      name: 'a list that is too long',
      operation: 'DescribeTasks',
      tree: { tasks: ['a', 'b', 'c'] },
      limits: { 'DescribeTasksRequest.tasks': [0, 2] },
      want: "1 validation error detected: Value '[a, b, c]' at 'tasks' failed to satisfy constraint: Member must have length less than or equal to 2",
    },
    {
      name: 'a map key',
      operation: 'RegisterTaskDefinition',
      tree: { family: 'f', containerDefinitions: [{ dockerLabels: { 'a b': 'x' } }] },
      limits: { 'ContainerDefinition.dockerLabels.key': [1, 9, '[a-z]+'] },
      want: "1 validation error detected: Value '{a b=x}' at 'containerDefinitions.1.member.dockerLabels' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 9, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [a-z]+]",
    },
    {
      name: 'null in a list',
      operation: 'DescribeTasks',
      tree: { tasks: ['a', null] },
      want: "1 validation error detected: Value null at 'tasks.2.member' failed to satisfy constraint: Member must not be null",
    },
  ])('$name', ({ operation, tree, limits, want }) => {
    expect(read(operation, tree, limits).text).toBe(want);
  });
});

test('shows no secret', () => {
  const model = new ServiceModel(readServiceTable('secretsmanager'), { SecretString: [1, 3] });
  const reader = new Reader(true);
  const operation = model.operation('PutSecretValue');
  if (operation === undefined) throw new Error('no PutSecretValue');
  reader.readStructure(operation.input, { SecretId: 's', SecretString: 'hunter2' });
  expect(describeViolations(reader.violations)).toBe(
    "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 3",
  );
});

test('ignores unknown members and nulls, and keeps what a map calls __proto__', () => {
  const tree: unknown = JSON.parse(
    '{"family":"f","containerDefinitions":[{"dockerLabels":{"__proto__":"x"},"unknown":1}],"cpu":null}',
  );
  const { input, text } = read('RegisterTaskDefinition', tree);
  expect(text).toBe('');
  const [container] = (input as { containerDefinitions: { dockerLabels: object }[] }).containerDefinitions;
  expect(Object.entries(container?.dockerLabels ?? {})).toEqual([['__proto__', 'x']]);
  expect(Object.keys(input)).toEqual(['family', 'containerDefinitions']);
});

test.each<{ name: string; tree: unknown; message: string }>([
  { name: 'text for a number', tree: { maxResults: '5' }, message: 'STRING_VALUE can not be converted to an Integer' },
  {
    name: 'a fraction for a whole number',
    tree: { maxResults: 1.5 },
    message: 'NUMBER_VALUE can not be converted to an Integer',
  },
  { name: 'true for a string', tree: { cluster: true }, message: 'TRUE_VALUE can not be converted to a String' },
  {
    name: 'a structure for a string',
    tree: { cluster: {} },
    message: 'Start of structure or map found where not expected.',
  },
])('refuses $name as AWS does', ({ tree, message }) => {
  expect(() => read('ListTasks', tree)).toThrow(new ApiError('SerializationException', message));
});

test('stops at a depth that no input of AWS has', () => {
  const model = new ServiceModel(readServiceTable('acm'));
  const shape = model.shape('SearchCertificatesRequest');
  let tree: unknown = {};
  for (let depth = 0; depth < 1_000; depth++) tree = { Not: tree };
  expect(() => new Reader(true).readStructure(shape, { FilterStatement: tree })).toThrow(/nested too deeply/);
});

test('collects only so many violations', () => {
  const { text } = read('RegisterTaskDefinition', {
    family: 'f',
    containerDefinitions: Array.from({ length: 100 }, () => ({ dependsOn: [{ condition: 'X' }] })),
  });
  expect(text).toMatch(/^20 validation errors detected/);
});
