import { expect, test } from 'vitest';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import type { TaskRecord } from '../records/task.ts';
import { payloadFileSystems } from './payload-file-systems.ts';

const fileSystemId = 'fs-0123456789abcdef0';

test('[EFS-13] each volume of a task is asked for with what the definition and the place of the task say', () => {
  const task = {
    id: 't',
    account: '123456789012',
    region: 'us-east-1',
    overrides: {},
    availabilityZone: 'us-east-1a',
    attachment: { vpcId: 'vpc-1' },
  } as unknown as TaskRecord;
  const authorizationConfig = { accessPointId: 'fsap-1', iam: 'ENABLED' };
  const volumes = [
    { name: 'plain', efsVolumeConfiguration: { fileSystemId, rootDirectory: '/a' } },
    { name: 'signed', efsVolumeConfiguration: { fileSystemId, transitEncryption: 'ENABLED', authorizationConfig } },
    { name: 'host', host: {} },
  ];
  const record = { definition: { taskRoleArn: 'role', volumes } } as unknown as TaskDefinitionRecord;
  const asked: object[] = [];
  const found = payloadFileSystems(task, record, (request) => {
    asked.push(request);
    return { refusal: String(asked.length) };
  });
  expect(found).toEqual({ plain: { refusal: '1' }, signed: { refusal: '2' } });
  const place = {
    scope: { account: '123456789012', region: 'us-east-1' },
    vpcId: 'vpc-1',
    availabilityZone: 'us-east-1a',
    fileSystemId,
  };
  const iam = { sessionName: 't', roleArn: 'role' };
  expect(asked).toEqual([
    { ...place, rootDirectory: '/a', encrypted: false },
    { ...place, rootDirectory: '/', encrypted: true, accessPointId: 'fsap-1', iam },
  ]);
});
