import { expect, test } from 'vitest';
import { destinationText, readDestination } from '../../../agent-protocol/index.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import type { TaskRecord } from '../records/task.ts';
import { taskDestinations } from './task-destinations.ts';

const ecr = '123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1';
const asm = 'arn:aws:secretsmanager:eu-west-2:123456789012:secret:db';
const awslogs = (options: object = {}) => ({ logConfiguration: { logDriver: 'awslogs', options } });
const files = [{ value: 'arn:aws:s3:::bucket/a.env', type: 's3' }];

test.each<[string, object[], object, string[]]>([
  ['an image of ECR', [{ image: ecr }], {}, ['ecr.api/eu-west-1', 'ecr.dkr/eu-west-1', 's3/eu-west-1']],
  ['one of Docker Hub', [{ image: 'nginx' }, { image: 'team/app:1' }], {}, ['registry/docker.io']],
  ['one of another registry', [{ image: 'ghcr.io/team/app@sha256:0' }], {}, ['registry/ghcr.io']],
  ['one with a port', [{ image: '10.0.0.5:5000/app' }], {}, ['registry/10.0.0.5:5000']],
  ['registries of this machine', [{ image: 'localhost:5000/a' }, { image: '127.0.0.1:4566/b' }], {}, []],
  [
    'secrets, each store in its region',
    [{ image: 'localhost/a', secrets: [{ valueFrom: `${asm}:key::` }, { valueFrom: '/p' }, { valueFrom: asm }] }],
    {},
    ['secretsmanager/eu-west-2', 'ssm/us-east-1'],
  ],
  [
    'a password of a registry',
    [{ image: 'ghcr.io/a', repositoryCredentials: { credentialsParameter: asm } }],
    {},
    ['registry/ghcr.io', 'secretsmanager/eu-west-2'],
  ],
  ['environment files', [{ image: 'localhost/a', environmentFiles: files }], {}, ['s3/us-east-1']],
  [
    'those of an override',
    [{ image: 'localhost/a' }],
    { containerOverrides: [{ environmentFiles: files }] },
    ['s3/us-east-1'],
  ],
  [
    'log streams',
    [
      { image: 'localhost/a', ...awslogs({ 'awslogs-region': 'eu-west-3' }) },
      { image: 'localhost/b', ...awslogs() },
    ],
    {},
    ['logs/eu-west-3', 'logs/us-east-1'],
  ],
  ['other log drivers', [{ image: 'localhost/a', logConfiguration: { logDriver: 'json-file' } }], {}, []],
])('[WAY-8] %s', (_name, containerDefinitions, overrides, want) => {
  const task = { account: '123456789012', region: 'us-east-1', overrides } as unknown as TaskRecord;
  const record = { definition: { containerDefinitions } } as unknown as TaskDefinitionRecord;
  const found = taskDestinations(task, record);
  expect(found.map(destinationText)).toEqual(want);
  expect(want.map(readDestination)).toEqual(found);
});

test.each(['', 'ecr.api', 'ecr.api/', 'sqs/us-east-1', 'registry/a/b', '/us-east-1'])(
  '[WAY-8] %s is no destination',
  (text) => {
    expect(readDestination(text)).toBeUndefined();
  },
);
