import { expect, test } from 'vitest';
import type { PayloadTask } from '../../agent-protocol/index.ts';
import { taskPayload } from '../contract/tasks.ts';
import { containerSpec } from './container-config.ts';

const around = {
  cluster: 'default',
  instanceArn: 'arn',
  metadataAddress: '169.254.170.2',
  apiPort: 4_566,
  region: 'us-east-1',
  executionEnvironment: 'AWS_ECS_EC2',
  dockerNames: {},
  endpointId: 'e-1',
  taskCredentialsId: 'c-1',
  volumeSources: {},
  readOnlyVolumes: new Set<string>(),
  diskVolumes: new Set<string>(),
  engineHealthChecks: true,
  extras: {
    binds: [],
    environment: {},
    hostPortRanges: {},
    secrets: { environment: {}, logOptions: {} },
    fileEnvironment: {},
  },
};

test.each([
  {
    name: '[NB-7] at port 80 the credentials have a relative address',
    metadataPort: 80,
    want: ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/c-1', 'http://169.254.170.2/v4/e-1'],
  },
  {
    name: '[NB-7] at another port they have a full one only, because clients prefer the other',
    metadataPort: 51_679,
    want: [
      'AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.2:51679/v2/credentials/c-1',
      'http://169.254.170.2:51679/v4/e-1',
    ],
  },
])('$name', ({ metadataPort, want }) => {
  const task = taskPayload({}, {}) as unknown as PayloadTask;
  const [container] = task.containers;
  if (container === undefined) throw new Error('the payload has a container');
  const { config } = containerSpec(task, container, { ...around, metadataPort });
  const environment = config['Env'] as readonly string[];
  const value = (start: string) => environment.filter((line) => line.startsWith(start));
  expect(value('AWS_CONTAINER_CREDENTIALS_')).toEqual([want[0]]);
  expect(value('ECS_CONTAINER_METADATA_URI_V4=')).toEqual([`ECS_CONTAINER_METADATA_URI_V4=${want[1]}`]);
});

test.each([
  { name: 'as root', user: undefined, readOnly: false, want: { Binds: ['disk:/data:nocopy'], GroupAdd: ['0'] } },
  { name: 'as another', user: '1234', readOnly: true, want: { Binds: ['disk:/data:ro,nocopy'], GroupAdd: ['0'] } },
])('[EBS-13] a container on a disk $name is in its group, and nothing is copied there', ({ user, readOnly, want }) => {
  const mountPoints = [{ sourceVolume: 'data', containerPath: '/data', readOnly }];
  const task = taskPayload({}, { mountPoints, ...(user === undefined ? {} : { config: { User: user } }) });
  const { containers } = task as unknown as PayloadTask;
  const [container] = containers;
  if (container === undefined) throw new Error('the payload has a container');
  const disks = { volumeSources: { data: 'disk' }, diskVolumes: new Set(['data']), metadataPort: 80 };
  const { config } = containerSpec(task as unknown as PayloadTask, container, { ...around, ...disks });
  expect(config['HostConfig']).toMatchObject(want);
});
