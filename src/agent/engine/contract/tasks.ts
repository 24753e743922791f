import type { PayloadContainer, PayloadTask } from '../../../agent-protocol/index.ts';

export const taskArn = 'arn:aws:ecs:us-east-1:123456789012:task/default/00000000000000000000000000000001';

export function container(name: string, fields: Partial<PayloadContainer> = {}): PayloadContainer {
  return {
    name,
    image: 'bb:1',
    cpu: 10,
    memory: 64,
    essential: true,
    environment: {},
    overrides: '',
    portMappings: [],
    mountPoints: [],
    volumesFrom: [],
    dockerConfig: { config: '{}', hostConfig: '{}' },
    ...fields,
  };
}

export function payload(fields: Partial<PayloadTask>, ...containers: readonly PayloadContainer[]): PayloadTask {
  return {
    arn: taskArn,
    taskClusterArn: 'default',
    desiredStatus: 'RUNNING',
    family: 'web',
    version: '1',
    networkMode: 'bridge',
    volumes: [],
    containers,
    ...fields,
  };
}
