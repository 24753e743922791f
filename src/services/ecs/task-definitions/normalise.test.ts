import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compatibilitiesOf } from './compatibilities.ts';
import type { Definition } from './definition.ts';
import { normalise } from './normalise.ts';
import { requiredAttributes } from './required-attributes.ts';
import { fargateSizes, isFargateSize, parseTaskCpu, parseTaskMemory } from './sizes.ts';
import { definitionProblems } from './validate.ts';

const account = '123456789012';
const role = `arn:aws:iam::${account}:role/ecsTaskExecutionRole`;

test('[TD-13] fills in what DescribeTaskDefinition shows of the seed document', () => {
  const web = {
    name: 'web',
    image: `${account}.dkr.ecr.us-east-1.amazonaws.com/web:latest`,
    portMappings: [{ containerPort: 8080, protocol: 'tcp' as const }],
    environment: [{ name: 'APP_ENV', value: 'production' }],
    logConfiguration: {
      logDriver: 'awslogs' as const,
      options: { 'awslogs-group': '/ecs/web', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'ecs' },
    },
  };
  const seed: Definition = {
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    executionRoleArn: role,
    taskRoleArn: `arn:aws:iam::${account}:role/webAppTaskRole`,
    containerDefinitions: [web],
  };
  const definition = normalise(seed, account);
  expect(definition).toEqual({
    ...seed,
    volumes: [],
    placementConstraints: [],
    containerDefinitions: [
      {
        ...web,
        cpu: 0,
        essential: true,
        portMappings: [{ containerPort: 8080, hostPort: 8080, protocol: 'tcp' }],
        mountPoints: [],
        volumesFrom: [],
        systemControls: [],
      },
    ],
  });
  expect([...definitionProblems('web', definition, () => undefined)]).toEqual([]);
  expect(compatibilitiesOf(definition)).toEqual(['EC2', 'MANAGED_INSTANCES', 'FARGATE']);
  expect(requiredAttributes(definition).map(({ name }) => name)).toEqual([
    'com.amazonaws.ecs.capability.logging-driver.awslogs',
    'ecs.capability.execution-role-awslogs',
    'com.amazonaws.ecs.capability.docker-remote-api.1.19',
    'com.amazonaws.ecs.capability.ecr-auth',
    'ecs.capability.execution-role-ecr-pull',
    'com.amazonaws.ecs.capability.task-iam-role',
    'com.amazonaws.ecs.capability.docker-remote-api.1.18',
    'ecs.capability.task-eni',
  ]);
});

test('[TD-13] defaults of bridge, health checks, restart policies, volumes, sizes and role names', () => {
  const definition = normalise(
    {
      cpu: '.5 vCPU',
      memory: '0.5GB',
      taskRoleArn: 'worker',
      containerDefinitions: [
        {
          name: 'a',
          image: 'b',
          portMappings: [{ containerPort: 80 }, { containerPortRange: '90-91' }],
          healthCheck: { command: ['CMD', 'true'], retries: 2 },
          restartPolicy: { enabled: true },
        },
      ],
      volumes: [
        { name: 'plain' },
        { name: 'docker', dockerVolumeConfiguration: {} },
        { name: 'shared', dockerVolumeConfiguration: { scope: 'shared' } },
        { name: 'efs', efsVolumeConfiguration: { fileSystemId: 'fs-12345678' } },
        { name: 'ebs', configuredAtLaunch: true },
      ],
    },
    account,
  );
  expect(definition).toEqual({
    cpu: '512',
    memory: '512',
    networkMode: 'bridge',
    placementConstraints: [],
    taskRoleArn: `arn:aws:iam::${account}:role/worker`,
    containerDefinitions: [
      {
        name: 'a',
        image: 'b',
        cpu: 0,
        essential: true,
        portMappings: [
          { containerPort: 80, hostPort: 0, protocol: 'tcp' },
          { containerPortRange: '90-91', protocol: 'tcp' },
        ],
        environment: [],
        mountPoints: [],
        volumesFrom: [],
        systemControls: [],
        healthCheck: { command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 2 },
        restartPolicy: { enabled: true, restartAttemptPeriod: 300 },
      },
    ],
    volumes: [
      { name: 'plain', host: {} },
      { name: 'docker', dockerVolumeConfiguration: { scope: 'task', driver: 'local' } },
      { name: 'shared', dockerVolumeConfiguration: { scope: 'shared', autoprovision: false, driver: 'local' } },
      { name: 'efs', efsVolumeConfiguration: { fileSystemId: 'fs-12345678', rootDirectory: '/' } },
      { name: 'ebs', configuredAtLaunch: true },
    ],
  });
});

test.each([
  ['256', 256],
  ['.25 vCPU', 256],
  ['1vcpu', 1024],
  ['2 VCPU', 2048],
  ['0', undefined],
  ['0.0001 vCPU', undefined],
  ['-256', undefined],
  ['1e3', undefined],
  ['', undefined],
])('[TD-2] task cpu %j is %j units', (text, units) => {
  expect(parseTaskCpu(text)).toBe(units);
});

test.each([
  ['512', 512],
  ['0.5 GB', 512],
  ['30gb', 30_720],
  ['1 MB', undefined],
  ['99999999999', undefined],
])('[TD-2] task memory %j is %j MiB', (text, units) => {
  expect(parseTaskMemory(text)).toBe(units);
});

test('[TD-10] Fargate has 74 sizes, from 256/512 to 16384/122880', () => {
  const pairs = fargateSizes.flatMap(({ cpuUnits, memoryMiB }) =>
    memoryMiB.map((memory) => [cpuUnits, memory] as const),
  );
  expect(pairs.length).toBe(3 + 4 + 7 + 13 + 23 + 12 + 12);
  expect(pairs[0]).toEqual([256, 512]);
  expect(pairs.at(-1)).toEqual([16_384, 122_880]);
  for (const [cpu, memory] of [
    [256, 4096],
    [512, 512],
    [1024, 1024],
    [8192, 17_408],
    [16_384, 61_440],
    [32_768, 65_536],
  ] as const) {
    expect(isFargateSize(cpu, memory)).toBe(false);
  }
});

test('[TD-12] says what a definition can run on', () => {
  const on = (rest: Partial<Definition>) =>
    compatibilitiesOf(normalise({ containerDefinitions: [{ name: 'a', image: 'b', memory: 8 }], ...rest }, account));
  expect(on({})).toEqual(['EXTERNAL', 'EC2']);
  expect(on({ networkMode: 'awsvpc' })).toEqual(['EC2']);
  expect(on({ networkMode: 'host', cpu: '256', memory: '512' })).toEqual(['EXTERNAL', 'EC2', 'MANAGED_INSTANCES']);
  expect(on({ networkMode: 'awsvpc', cpu: '256', memory: '512' })).toEqual(['EC2', 'MANAGED_INSTANCES', 'FARGATE']);
});

test.each<[string, Partial<Definition>, readonly string[]]>([
  ['nothing special', {}, []],
  [
    'soft memory',
    { containerDefinitions: [{ name: 'a', image: 'b', memoryReservation: 8 }] },
    ['com.amazonaws.ecs.capability.docker-remote-api.1.21'],
  ],
  [
    'health check',
    { containerDefinitions: [{ name: 'a', image: 'b', memory: 8, healthCheck: { command: ['CMD', 'true'] } }] },
    ['ecs.capability.container-health-check', 'com.amazonaws.ecs.capability.docker-remote-api.1.24'],
  ],
  [
    'secrets of both stores',
    {
      executionRoleArn: role,
      containerDefinitions: [
        {
          name: 'a',
          image: 'b',
          memory: 8,
          secrets: [
            { name: 'A', valueFrom: `arn:aws:secretsmanager:us-east-1:${account}:secret:x` },
            { name: 'B', valueFrom: '/p' },
          ],
        },
      ],
    },
    ['ecs.capability.secrets.asm.environment-variables', 'ecs.capability.secrets.ssm.environment-variables'],
  ],
  [
    'privileged',
    { containerDefinitions: [{ name: 'a', image: 'b', memory: 8, privileged: true }] },
    ['com.amazonaws.ecs.capability.privileged-container'],
  ],
  [
    'EFS with IAM',
    { volumes: [{ name: 'v', efsVolumeConfiguration: { fileSystemId: 'fs-12345678', transitEncryption: 'ENABLED' } }] },
    ['ecs.capability.efs', 'com.amazonaws.ecs.capability.docker-remote-api.1.25', 'ecs.capability.efsAuth'],
  ],
  ['shared process namespace', { pidMode: 'task' }, ['ecs.capability.pid-ipc-namespace-sharing']],
  [
    'task role on the host network',
    { networkMode: 'host', taskRoleArn: role },
    ['com.amazonaws.ecs.capability.task-iam-role', 'com.amazonaws.ecs.capability.task-iam-role-network-host'],
  ],
])('[TD-14] attributes an instance needs: %s', (_name, rest, want) => {
  const definition = normalise({ containerDefinitions: [{ name: 'a', image: 'b', memory: 8 }], ...rest }, account);
  expect(requiredAttributes(definition).map(({ name }) => name)).toEqual(want);
});

/** Definitions of the right types and any values, most of them wrong somewhere. */
function anyDefinition(double: fc.Arbitrary<number>): fc.Arbitrary<Definition> {
  const text = fc.oneof(
    fc.constantFrom('', 'a', 'b', 'web', '256', '512', '1 vCPU', '1GB', 'arn:aws:s3:::x/y.env'),
    fc.string(),
  );
  const number = fc.oneof(fc.constantFrom(0, 1, 80, 300, 65_536), fc.integer(), double);
  const texts = fc.array(text, { maxLength: 3 });
  const some = <Shape>(shape: { [Key in keyof Shape]: fc.Arbitrary<Shape[Key]> }) =>
    fc.record(shape, { requiredKeys: [] });
  const container = some({
    name: text,
    image: text,
    cpu: number,
    memory: number,
    memoryReservation: number,
    links: texts,
    essential: fc.boolean(),
    portMappings: fc.array(
      some({
        containerPort: number,
        hostPort: number,
        protocol: fc.constantFrom('tcp' as const, 'udp' as const),
        name: text,
        containerPortRange: text,
      }),
    ),
    environment: fc.array(some({ name: text, value: text })),
    environmentFiles: fc.array(fc.record({ value: text, type: fc.constant('s3' as const) })),
    mountPoints: fc.array(some({ sourceVolume: text, containerPath: text })),
    volumesFrom: fc.array(some({ sourceContainer: text })),
    dependsOn: fc.array(
      fc.record({
        containerName: text,
        condition: fc.constantFrom('START' as const, 'COMPLETE' as const, 'SUCCESS' as const, 'HEALTHY' as const),
      }),
    ),
    secrets: fc.array(fc.record({ name: text, valueFrom: text })),
    healthCheck: fc.record({ command: texts, interval: number }),
    restartPolicy: fc.record({ enabled: fc.boolean(), ignoredExitCodes: fc.array(number) }),
    logConfiguration: fc.record({
      logDriver: fc.constantFrom(
        'awslogs' as const,
        'json-file' as const,
        'awsfirelens' as const,
        '__proto__' as 'splunk',
        'constructor' as 'splunk',
      ),
      options: fc.dictionary(text, text),
    }),
    linuxParameters: some({
      sharedMemorySize: number,
      tmpfs: fc.array(fc.record({ containerPath: text, size: number, mountOptions: texts })),
    }),
    systemControls: fc.array(some({ namespace: text, value: text })),
    hostname: text,
    stopTimeout: number,
    privileged: fc.boolean(),
  });
  return fc.record(
    {
      containerDefinitions: fc.array(container, { maxLength: 4 }),
      networkMode: fc.constantFrom('awsvpc' as const, 'bridge' as const, 'host' as const, 'none' as const),
      requiresCompatibilities: fc.subarray([
        'EC2' as const,
        'EXTERNAL' as const,
        'FARGATE' as const,
        'MANAGED_INSTANCES' as const,
      ]),
      cpu: text,
      memory: text,
      taskRoleArn: text,
      executionRoleArn: text,
      volumes: fc.array(
        some({
          name: text,
          host: some({ sourcePath: text }),
          dockerVolumeConfiguration: some({ driver: text, autoprovision: fc.boolean() }),
          efsVolumeConfiguration: fc.record({ fileSystemId: text }),
          configuredAtLaunch: fc.boolean(),
        }),
      ),
      ephemeralStorage: fc.record({ sizeInGiB: number }),
      placementConstraints: fc.array(some({ type: fc.constant('memberOf' as const), expression: text })),
    },
    { requiredKeys: ['containerDefinitions'] },
  );
}

test('[TD-13] normalising twice changes nothing more', () => {
  fc.assert(
    fc.property(anyDefinition(fc.double({ noNaN: true, noDefaultInfinity: true })), (given) => {
      const once = normalise(given, account);
      expect(normalise(once, account)).toEqual(once);
      expect(normalise(JSON.parse(JSON.stringify(once)) as Definition, account)).toEqual(
        JSON.parse(JSON.stringify(once)),
      );
    }),
  );
});

test('[TD-1] no definition crashes a rule, and each problem is a sentence', () => {
  fc.assert(
    fc.property(anyDefinition(fc.double()), fc.string(), (given, family) => {
      const definition = normalise(given, account);
      for (const problem of definitionProblems(family, definition, () => undefined)) expect(problem).toMatch(/\S/);
      compatibilitiesOf(definition);
      requiredAttributes(definition);
    }),
    { numRuns: 300 },
  );
});
