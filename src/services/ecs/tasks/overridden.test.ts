import { describe, expect, test } from 'vitest';
import type { TaskOverride } from '../../../protocol/generated/ecs.ts';
import { checkOverridden } from './override-rules.ts';
import { overridden } from './overridden.ts';
import { resourcesOf } from './resources.ts';

const definition = {
  cpu: '512',
  memory: '1024',
  taskRoleArn: 'arn:aws:iam::123456789012:role/a',
  containerDefinitions: [
    {
      name: 'app',
      image: 'busybox',
      cpu: 256,
      memory: 512,
      command: ['a'],
      environment: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
    },
    { name: 'side', image: 'busybox', memoryReservation: 128 },
  ],
};
const { cpu: _cpu, memory: _memory, ...unsized } = definition;

const refused = (overrides: TaskOverride): string => {
  try {
    checkOverridden(overrides, overridden(definition, overrides));
    return 'ok';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('overrides', () => {
  test('[ENV-2] environment files of an override stand instead of the definition’s, by the same rules', () => {
    const files = (count: number, value: string) =>
      Array.from({ length: count }, () => ({ value, type: 's3' as const }));
    const own = {
      ...definition.containerDefinitions[0],
      name: 'app',
      environmentFiles: files(2, 'arn:aws:s3:::b/a.env'),
    };
    const given = { name: 'app', environmentFiles: files(1, 'arn:aws:s3:::b/b.env') };
    const laid = overridden({ ...definition, containerDefinitions: [own] }, { containerOverrides: [given] });
    expect(laid.containers[0]?.environmentFiles).toEqual(given.environmentFiles);
    expect(refused({ containerOverrides: [given] })).toBe('ok');
    const refusedFiles = (count: number, value: string): string =>
      refused({ containerOverrides: [{ name: 'app', environmentFiles: files(count, value) }] });
    expect(refusedFiles(11, 'arn:aws:s3:::b/b.env')).toContain('Too many environment files');
    expect(refusedFiles(1, 's3://b/b.env')).toBe('Invalid arn syntax.');
    expect(refusedFiles(1, 'arn:aws:s3:::b/b.txt')).toContain('must have the extension .env');
  });

  test('[TK-18] lie over the definition, container by container, variables by name', () => {
    const laid = overridden(definition, {
      cpu: '1 vCPU',
      taskRoleArn: 'arn:aws:iam::123456789012:role/b',
      containerOverrides: [
        {
          name: 'app',
          command: [],
          environment: [
            { name: 'B', value: '3' },
            { name: 'C', value: '4' },
          ],
        },
      ],
    });
    expect(laid).toMatchObject({ cpuUnits: 1024, memoryMiB: 1024, taskRoleArn: 'arn:aws:iam::123456789012:role/b' });
    expect(laid.containers[0]).toMatchObject({
      command: [],
      environment: [
        { name: 'A', value: '1' },
        { name: 'B', value: '3' },
        { name: 'C', value: '4' },
      ],
    });
    expect(laid.containers[1]).toBe(definition.containerDefinitions[1]);
  });

  test.each<[TaskOverride, string]>([
    [
      { containerOverrides: [{ name: 'none' }] },
      'Override for container named none is not a container in the TaskDefinition.',
    ],
    [{ containerOverrides: [{}] }, 'Container override name must be specified.'],
    [
      { containerOverrides: [{ name: 'app' }, { name: 'app' }] },
      'Override for container named app is given more than once.',
    ],
    [{ cpu: 'much' }, "Invalid 'cpu' setting for task."],
    [{ taskRoleArn: 'foo' }, 'Role is not valid'],
    [{ executionRoleArn: 'arn:aws:iam::123456789012:role/r' }, 'ok'],
    [{ containerOverrides: [{ name: 'app', cpu: -1 }] }, "Invalid 'cpu' setting for container 'app'."],
    [
      { containerOverrides: [{ name: 'app', memory: 3 }] },
      "Invalid 'memory' setting for container 'app'. The value must be an integer of at least 4.",
    ],
    [
      { containerOverrides: [{ name: 'app', memory: 2048 }] },
      "The 'memory' setting for container 'app' is greater than for the task.",
    ],
    [
      { containerOverrides: [{ name: 'app', memoryReservation: 600 }] },
      "Invalid setting for container 'app'. The 'memoryReservation' must not be greater than the 'memory'.",
    ],
    [
      { memory: '600', containerOverrides: [{ name: 'app', memory: 600 }] },
      "The sum of all container 'memory' values cannot be greater than the value of the task 'memory'.",
    ],
    [
      { containerOverrides: [{ name: 'app', cpu: 513 }] },
      "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
    ],
    [{ memory: '2048', containerOverrides: [{ name: 'app', memory: 1024 }] }, 'ok'],
  ])('[TK-19] %j', (overrides, sentence) => {
    expect(refused(overrides)).toBe(sentence);
  });
});

describe('what a task takes', () => {
  test('[TK-20] its own size, else the sum over its containers, the soft limit of memory first', () => {
    expect(resourcesOf(overridden(definition, {}))).toMatchObject({ cpuUnits: 512, memoryMiB: 1024 });
    expect(resourcesOf(overridden(unsized, {}))).toMatchObject({ cpuUnits: 256, memoryMiB: 640 });
  });

  test('[TK-20] fixed host ports, once each; none for awsvpc', () => {
    const portMappings = [
      { containerPort: 80, hostPort: 8080 },
      { containerPort: 81, hostPort: 0 },
      { containerPort: 53, hostPort: 53, protocol: 'udp' as const },
      { containerPort: 82, hostPort: 8080 },
    ];
    const ported = { ...unsized, containerDefinitions: [{ ...definition.containerDefinitions[0], portMappings }] };
    expect(resourcesOf(overridden(ported, {}))).toMatchObject({ tcpPorts: [8080], udpPorts: [53] });
    expect(resourcesOf(overridden({ ...ported, networkMode: 'awsvpc' }, {}))).toMatchObject({
      tcpPorts: [],
      udpPorts: [],
    });
  });
});
