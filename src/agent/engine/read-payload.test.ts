import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPayloadTask } from './index.ts';

const arn = 'arn:aws:ecs:us-east-1:123456789012:task/default/00000000000000000000000000000001';
const task = (container: object, fields: object = {}): object => ({
  arn,
  desiredStatus: 'RUNNING',
  family: 'web',
  version: '1',
  networkMode: 'bridge',
  containers: [{ name: 'app', image: 'bb:1', essential: true, ...container }],
  ...fields,
});

const disk = { name: 'data', type: 'attachment' };
const attachment = (attachmentType: string): object => ({
  attachmentArn: 'arn:aws:ecs:us-east-1:123456789012:attachment/1',
  attachmentType,
  attachmentProperties: [{ name: 'volumeName', value: 'data' }],
});

test.each([
  { name: 'absent lists become empty', value: task({}), want: { kind: 'task' } },
  {
    name: 'a protocol that is neither tcp nor udp',
    value: task({ portMappings: [{ containerPort: 1, protocol: 'sctp' }] }),
    want: {
      kind: 'unreadable',
      reason: 'UnrecogniedTaskError: Error loading task - TransportProtocol must be "tcp" or "udp"; Got "sctp"',
    },
  },
  {
    name: 'an override other than the command',
    value: task({ overrides: '{"environment":[]}' }),
    want: { kind: 'unreadable', reason: expect.stringContaining('Unrecognized key: environment') },
  },
  {
    name: 'a link to nobody',
    value: task({ links: ['zzz:z'] }),
    want: {
      kind: 'refused',
      reason: `resource cannot be initialized for task ${arn}: could not find container for link zzz:z`,
    },
  },
  {
    name: '[EBS-7] an EBS volume with all that is known of it',
    value: task(
      {},
      { attachments: [attachment('amazonebs')], volumes: [disk], longshore: { ebsVolumes: { data: {} } } },
    ),
    want: { kind: 'task' },
  },
  {
    name: '[EBS-7] an EBS volume whose data nobody knows of',
    value: task({}, { attachments: [attachment('amazonebs')], volumes: [disk] }),
    want: { kind: 'unreadable', reason: expect.stringContaining('the EBS volume "data" of the task is incomplete') },
  },
  {
    name: '[EBS-7] a volume without its attachment',
    value: task({}, { volumes: [disk] }),
    want: { kind: 'unreadable', reason: expect.stringContaining('the volume "data" has no attachment') },
  },
  {
    name: '[EBS-7] another attachment',
    value: task({}, { attachments: [attachment('s3files')] }),
    want: { kind: 'unreadable', reason: expect.stringContaining('type "s3files" is not implemented') },
  },
  {
    name: 'a cycle',
    value: task({ dependsOn: [{ containerName: 'app', condition: 'START' }] }),
    want: { kind: 'refused', reason: `Task dependencies cannot be resolved, taskArn: ${arn}` },
  },
  {
    name: 'a field without machinery is refused, not ignored',
    value: task({ firelensConfiguration: { type: 'fluentbit' } }),
    want: {
      kind: 'unreadable',
      reason: expect.stringContaining("firelensConfiguration of container 'app' is not implemented"),
    },
  },
  {
    name: 'an environment file from elsewhere than S3',
    value: task({ environmentFiles: [{ type: 'http', value: 'http://a/a.env' }] }),
    want: {
      kind: 'unreadable',
      reason: expect.stringContaining('environment file of type "http" is not implemented'),
    },
  },
  {
    name: 'a secret without a region',
    value: task({ secrets: [{ name: 'A', valueFrom: 'b', provider: 'ssm' }] }),
    want: { kind: 'unreadable', reason: expect.stringContaining('a secret needs a name, valueFrom and region') },
  },
  {
    name: 'a secret of a store that is none',
    value: task({ secrets: [{ name: 'A', valueFrom: 'b', region: 'r', provider: 'vault' }] }),
    want: { kind: 'unreadable', reason: expect.stringContaining('unknown secret provider "vault"') },
  },
  { name: 'a stop needs only the arn', value: { arn, desiredStatus: 'STOPPED' }, want: { kind: 'task' } },
  { name: 'no arn', value: {}, want: { kind: 'unreadable', arn: '' } },
])('$name', ({ value, want }) => {
  expect(readPayloadTask(value)).toMatchObject(want);
});

test('the command override replaces the command', () => {
  const result = readPayloadTask(task({ command: ['a'], overrides: '{"command":["b","c"]}' }));
  expect(result.kind === 'task' ? result.task.containers[0]?.command : undefined).toEqual(['b', 'c']);
});

test('no JSON makes the reader throw', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom('containers', 'volumes', 'networkMode', 'desiredStatus'), fc.jsonValue()),
      (value, fields) => {
        for (const one of [value, task({}, fields), { ...task({}), containers: [value] }]) {
          const { kind } = readPayloadTask(one);
          expect(['task', 'unreadable', 'refused']).toContain(kind);
        }
      },
    ),
    { numRuns: 500 },
  );
});
