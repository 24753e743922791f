import { randomBytes } from 'node:crypto';
import { clusterArn } from './ecs-server.ts';

/** A task payload as a control plane sends it, with an id of its own. */
export function taskPayload(
  fields: Record<string, unknown>,
  ...containers: readonly Record<string, unknown>[]
): Record<string, any> {
  const id = randomBytes(16).toString('hex');
  return {
    arn: `arn:aws:ecs:us-east-1:123456789012:task/default/${id}`,
    taskClusterArn: clusterArn,
    desiredStatus: 'RUNNING',
    family: 'web',
    version: '1',
    networkMode: 'bridge',
    launchType: 'EC2',
    volumes: [],
    ...fields,
    containers: containers.map((container) => containerPayload(id, container)),
  };
}

function containerPayload(taskId: string, fields: Record<string, unknown>): Record<string, unknown> {
  const { config, hostConfig, ...rest } = fields;
  return {
    name: 'app',
    image: 'longshore/web:1',
    containerArn: `arn:aws:ecs:us-east-1:123456789012:container/default/${taskId}/${(fields['name'] as string | undefined) ?? 'app'}`,
    cpu: 10,
    memory: 64,
    essential: true,
    environment: {},
    portMappings: [],
    mountPoints: [],
    volumesFrom: [],
    overrides: '{"command":null}',
    dockerConfig: {
      config: JSON.stringify(config ?? {}),
      hostConfig: JSON.stringify(hostConfig ?? {}),
      version: '1.24',
    },
    ...rest,
  };
}
