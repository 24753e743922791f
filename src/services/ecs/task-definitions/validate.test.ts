import { describe, expect, test } from 'vitest';
import type { ContainerDefinition, Definition } from './definition.ts';
import { firstProblem } from './definition.ts';
import { normalise } from './normalise.ts';
import { definitionProblems } from './validate.ts';

const account = '123456789012';
const role = `arn:aws:iam::${account}:role/ecsTaskExecutionRole`;
const web: ContainerDefinition = { name: 'web', image: 'busybox', memory: 128 };
const side: ContainerDefinition = { name: 'side', image: 'busybox', memory: 64, essential: false };
const fargate: Definition = {
  requiresCompatibilities: ['FARGATE'],
  networkMode: 'awsvpc',
  cpu: '256',
  memory: '512',
  executionRoleArn: role,
  containerDefinitions: [{ name: 'web', image: 'busybox' }],
};

function problemOf(definition: Partial<Definition>, family = 'web'): string | undefined {
  const given = { containerDefinitions: [web], ...definition };
  const expressionProblem = (text: string): string | undefined => (text === '!!' ? 'unexpected !!' : undefined);
  return firstProblem(definitionProblems(family, normalise(given, account), expressionProblem));
}

/** One container with some members changed. */
function containing(patch: Partial<ContainerDefinition>, rest: Partial<Definition> = {}): Partial<Definition> {
  return { ...rest, containerDefinitions: [{ ...web, ...patch }] };
}

function onFargate(patch: Partial<ContainerDefinition>, rest: Partial<Definition> = {}): Partial<Definition> {
  return { ...fargate, ...rest, containerDefinitions: [{ name: 'web', image: 'busybox', ...patch }] };
}

interface Row {
  readonly name: string;
  readonly given: Partial<Definition>;
  readonly family?: string;
  readonly want: string | undefined;
}

const fine: readonly Row[] = [
  { name: '[TD-1] accepts a container with a name, an image and memory', given: {}, want: undefined },
  { name: '[TD-10] accepts the least that Fargate needs', given: fargate, want: undefined },
  {
    name: '[TD-5] accepts a port on tcp and on udp',
    given: containing({
      portMappings: [
        { containerPort: 53, hostPort: 53 },
        { containerPort: 53, hostPort: 53, protocol: 'udp' },
      ],
    }),
    want: undefined,
  },
  {
    name: '[TD-5] accepts the same container port twice on dynamic host ports',
    given: containing({ portMappings: [{ containerPort: 80 }, { containerPort: 80 }] }),
    want: undefined,
  },
  {
    name: '[TD-2] takes memory from the task alone',
    given: { memory: '512', containerDefinitions: [{ name: 'a', image: 'b' }] },
    want: undefined,
  },
  {
    name: '[TD-6] accepts an order without a circle',
    given: { containerDefinitions: [{ ...web, dependsOn: [{ containerName: 'side', condition: 'SUCCESS' }] }, side] },
    want: undefined,
  },
];

const wholes: readonly Row[] = [
  { name: '[TD-1] family must not be empty', family: '', given: {}, want: 'Family should not be null or empty.' },
  {
    name: '[TD-1] family has letters, numbers, hyphens, underscores',
    family: 'a b',
    given: {},
    want: 'Family contains invalid characters.',
  },
  {
    name: '[TD-1] family has 255 characters at most',
    family: 'f'.repeat(256),
    given: {},
    want: 'Family should be 255 characters or less',
  },
  {
    name: '[TD-1] a container is needed',
    given: { containerDefinitions: [] },
    want: 'Container list cannot be empty.',
  },
  {
    name: '[TD-1] ten containers at most',
    given: { containerDefinitions: Array.from({ length: 11 }, (_, i) => ({ ...web, name: `c${i}` })) },
    want: 'Too many containers.',
  },
  {
    name: '[TD-1] two containers of one name',
    given: { containerDefinitions: [web, web] },
    want: "Duplicate container name 'web'. Container names must be unique within a task definition.",
  },
  {
    name: '[TD-1] one essential container',
    given: containing({ essential: false }),
    want: 'At least one container in the task definition must be marked as essential.',
  },
  {
    name: '[TD-1] container without name',
    given: { containerDefinitions: [{ image: 'a', memory: 8 }] },
    want: 'Container.name should not be null or empty.',
  },
  {
    name: '[TD-1] container name characters',
    given: containing({ name: 'a b' }),
    want: 'Container.name contains invalid characters.',
  },
  {
    name: '[TD-1] container name length',
    given: containing({ name: 'n'.repeat(256) }),
    want: 'Container.name should be 255 characters or less',
  },
  {
    name: '[TD-1] container without image',
    given: containing({ image: '' }),
    want: 'Container.image should not be null or empty.',
  },
  {
    name: '[TD-1] image characters',
    given: containing({ image: 'a b' }),
    want: 'Container.image contains invalid characters.',
  },
  {
    name: '[TD-1] image length',
    given: containing({ image: 'i'.repeat(256) }),
    want: 'Container.image should be 255 characters or less',
  },
  {
    name: '[TD-1] image without repository',
    given: containing({ image: ':latest' }),
    want: 'Container.image repository should not be null or empty.',
  },
  { name: '[TD-3] a role that is no role', given: { taskRoleArn: 'arn:aws:iam::1:role/x' }, want: 'Role is not valid' },
  {
    name: '[TD-3] secrets need an execution role',
    given: containing({ secrets: [{ name: 'A', valueFrom: 'p' }] }),
    want: "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
  },
  {
    name: '[TD-3] registry credentials need an execution role',
    given: containing({
      repositoryCredentials: { credentialsParameter: `arn:aws:secretsmanager:us-east-1:${account}:secret:x` },
    }),
    want: "When you are specifying container repositoryCredentials, you must also specify a value for 'executionRoleArn'.",
  },
  {
    name: '[TD-3] environment files need an execution role',
    given: containing({ environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::b/a.env' }] }),
    want: "When you are specifying container environmentFiles, you must also specify a value for 'executionRoleArn'.",
  },
  {
    name: '[TD-9] at most ten placement constraints',
    given: { placementConstraints: Array.from({ length: 11 }, () => ({ type: 'memberOf' as const, expression: 'a' })) },
    want: 'Too many placement constraints. The maximum is 10.',
  },
  {
    name: '[TD-9] constraint without expression',
    given: { placementConstraints: [{ type: 'memberOf' }] },
    want: 'Placement constraint expression cannot be null or empty.',
  },
  {
    name: '[TD-9] constraint that does not parse',
    given: { placementConstraints: [{ type: 'memberOf', expression: '!!' }] },
    want: "Invalid placement constraint expression '!!': unexpected !!",
  },
  {
    name: '[TD-9] proxy outside awsvpc',
    given: { proxyConfiguration: { containerName: 'web' } },
    want: 'proxyConfiguration is only supported when networkMode=awsvpc.',
  },
  {
    name: '[TD-9] proxy container that is not there',
    given: { networkMode: 'awsvpc', proxyConfiguration: { containerName: 'x' } },
    want: "The proxy container 'x' does not exist in the task definition.",
  },
  {
    name: '[TD-9] proxy without its ports',
    given: {
      networkMode: 'awsvpc',
      proxyConfiguration: { containerName: 'web', properties: [{ name: 'IgnoredUID', value: '1' }] },
    },
    want: "The proxyConfiguration property 'AppPorts' is required.",
  },
  {
    name: '[TD-9] an accelerator nobody declared',
    given: containing({ resourceRequirements: [{ type: 'InferenceAccelerator', value: 'd' }] }),
    want: "The inference accelerator 'd' of container 'web' does not exist in the task definition.",
  },
  {
    name: '[TD-9] fault injection on bridge',
    given: { enableFaultInjection: true },
    want: 'Fault injection is only supported when networkMode is awsvpc or host.',
  },
  {
    name: '[TD-11] ephemeral storage bounds',
    given: { ...fargate, ephemeralStorage: { sizeInGiB: 20 } },
    want: "Invalid 'sizeInGiB' setting for ephemeralStorage. Provide a value between 21 and 200.",
  },
  {
    name: '[TD-11] ephemeral storage off Fargate',
    given: { ephemeralStorage: { sizeInGiB: 30 } },
    want: 'ephemeralStorage is only supported by Fargate compatible task definitions. Fargate only supports network mode ‘awsvpc’.',
  },
];

const sizes: readonly Row[] = [
  {
    name: '[TD-2] no memory anywhere',
    given: { containerDefinitions: [{ name: 'sleep', image: 'busybox' }] },
    want: "Invalid setting for container 'sleep'. At least one of 'memory' or 'memoryReservation' must be specified.",
  },
  {
    name: '[TD-2] less memory than Docker allows',
    given: containing({ memory: 3 }),
    want: "Invalid 'memory' setting for container 'web'. The value must be an integer of at least 4.",
  },
  {
    name: '[TD-2] reservation above the limit',
    given: containing({ memoryReservation: 256 }),
    want: "Invalid setting for container 'web'. The 'memoryReservation' must not be greater than the 'memory'.",
  },
  { name: '[TD-2] negative cpu', given: containing({ cpu: -1 }), want: "Invalid 'cpu' setting for container 'web'." },
  {
    name: '[TD-2] task cpu that is no number',
    given: { cpu: 'much' },
    want: "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
  },
  {
    name: '[TD-2] task cpu below an eighth',
    given: { cpu: '127' },
    want: "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
  },
  {
    name: '[TD-2] task memory that is no number',
    given: { memory: '' },
    want: "Invalid 'memory' setting for task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
  },
  {
    name: '[TD-2] containers with more cpu than the task',
    given: {
      cpu: '256',
      containerDefinitions: [
        { ...web, cpu: 200 },
        { ...side, cpu: 57 },
      ],
    },
    want: "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
  },
  {
    name: '[TD-2] a container with more memory than the task',
    given: { memory: '100' },
    want: "The 'memory' setting for container 'web' is greater than for the task.",
  },
  {
    name: '[TD-2] containers with more memory than the task',
    given: { memory: '150', containerDefinitions: [web, side] },
    want: "The sum of all container 'memory' values cannot be greater than the value of the task 'memory'.",
  },
];

const network: readonly Row[] = [
  {
    name: '[TD-4] hostname on awsvpc',
    given: containing({ hostname: 'h' }, { networkMode: 'awsvpc' }),
    want: 'hostname is not supported on container when networkMode=awsvpc.',
  },
  {
    name: '[TD-4] links on awsvpc',
    given: containing({ links: ['x'] }, { networkMode: 'awsvpc' }),
    want: 'Links are not supported when networkMode=awsvpc.',
  },
  {
    name: '[TD-4] links on host',
    given: containing({ links: ['x'] }, { networkMode: 'host' }),
    want: 'Links are not supported when networkMode=host.',
  },
  {
    name: '[TD-4] extra hosts on awsvpc',
    given: containing({ extraHosts: [{ hostname: 'h', ipAddress: '1.2.3.4' }] }, { networkMode: 'awsvpc' }),
    want: 'Extra hosts are not supported on container when networkMode=awsvpc.',
  },
  {
    name: '[TD-4] ports on none',
    given: containing({ portMappings: [{ containerPort: 80 }] }, { networkMode: 'none' }),
    want: 'Port mappings are not supported when networkMode=none.',
  },
  {
    name: '[TD-5] no container port',
    given: containing({ portMappings: [{ hostPort: 80 }] }),
    want: "Invalid 'containerPort' setting for container 'web'.",
  },
  {
    name: '[TD-5] container port out of range',
    given: containing({ portMappings: [{ containerPort: 65_536 }] }),
    want: "Invalid 'containerPort' setting for container 'web'.",
  },
  {
    name: '[TD-5] host port out of range',
    given: containing({ portMappings: [{ containerPort: 80, hostPort: -1 }] }),
    want: "Invalid 'hostPort' setting for container 'web'.",
  },
  {
    name: '[TD-5] host and container port differ on awsvpc',
    given: containing({ portMappings: [{ containerPort: 80, hostPort: 8080 }] }, { networkMode: 'awsvpc' }),
    want: 'When networkMode=awsvpc, the host ports and container ports in port mappings must match.',
  },
  {
    name: '[TD-5] host and container port differ on host',
    given: containing({ portMappings: [{ containerPort: 80, hostPort: 8080 }] }, { networkMode: 'host' }),
    want: 'When networkMode=host, the host ports and container ports in port mappings must match.',
  },
  {
    name: '[TD-5] a host port twice in a task',
    given: {
      containerDefinitions: [
        { ...web, portMappings: [{ containerPort: 80, hostPort: 3000 }] },
        { ...side, portMappings: [{ containerPort: 81, hostPort: 3000 }] },
      ],
    },
    want: "TCP host port '3000' is mapped multiple times in task.",
  },
  {
    name: '[TD-5] a range out of order',
    given: containing({ portMappings: [{ containerPortRange: '90-80' }] }),
    want: "Invalid 'containerPortRange' setting '90-80' for container 'web'.",
  },
  {
    name: '[TD-5] a range and a port',
    given: containing({ portMappings: [{ containerPortRange: '80-90', containerPort: 80, hostPort: 0 }] }),
    want: "A port mapping of container 'web' cannot have both 'containerPortRange' and 'containerPort' or 'hostPort'.",
  },
  {
    name: '[TD-5] ranges that overlap',
    given: containing({ portMappings: [{ containerPortRange: '85-95' }, { containerPortRange: '80-90' }] }),
    want: "The container port ranges 80-90 and 85-95 of container 'web' overlap.",
  },
  {
    name: '[TD-5] a range on host',
    given: containing({ portMappings: [{ containerPortRange: '80-90' }] }, { networkMode: 'host' }),
    want: "containerPortRange is only supported when networkMode is awsvpc or bridge, but container 'web' has networkMode=host.",
  },
  {
    name: '[TD-5] a mapping name twice',
    given: containing({
      portMappings: [
        { containerPort: 1, name: 'a' },
        { containerPort: 2, name: 'a' },
      ],
    }),
    want: "Duplicate port mapping name 'a'. Port mapping names must be unique within a task definition.",
  },
  {
    name: '[TD-5] a mapping name that is none',
    given: containing({ portMappings: [{ containerPort: 1, name: '-a' }] }),
    want: "Invalid port mapping name '-a' for container 'web'. Names have up to 64 letters, numbers, underscores and hyphens, and do not start with a hyphen.",
  },
  {
    name: '[TD-5] an application protocol over udp',
    given: containing({ portMappings: [{ containerPort: 1, protocol: 'udp', appProtocol: 'http' }] }),
    want: "The 'appProtocol' setting of container 'web' is not supported with protocol udp.",
  },
  {
    name: '[TD-4] a network sysctl on host',
    given: containing({ systemControls: [{ namespace: 'net.core.somaxconn', value: '1' }] }, { networkMode: 'host' }),
    want: "The system control 'net.core.somaxconn' is not supported when networkMode=host.",
  },
  {
    name: '[TD-4] a sysctl without namespace',
    given: containing({ systemControls: [{ namespace: 'vm.swappiness', value: '1' }] }),
    want: "Invalid system control 'vm.swappiness' for container 'web'.",
  },
];

const order: readonly Row[] = [
  {
    name: '[TD-6] depends on nobody',
    given: containing({ dependsOn: [{ containerName: 'sidecar', condition: 'START' }] }),
    want: "Cannot depend on container + 'sidecar' because it does not exist",
  },
  {
    name: '[TD-6] depends on itself',
    given: containing({ dependsOn: [{ containerName: 'web', condition: 'START' }] }),
    want: "Container 'web' cannot depend on itself.",
  },
  {
    name: '[TD-6] waits for an essential container to end',
    given: {
      containerDefinitions: [
        { ...web, dependsOn: [{ containerName: 'side', condition: 'COMPLETE' }] },
        { ...side, essential: true },
      ],
    },
    want: 'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container',
  },
  {
    name: '[TD-6] waits for health that nobody checks',
    given: { containerDefinitions: [{ ...web, dependsOn: [{ containerName: 'side', condition: 'HEALTHY' }] }, side] },
    want: "Container 'web' depends on container 'side' with condition HEALTHY, but 'side' has no health check",
  },
  {
    name: '[TD-6] a circle',
    given: {
      containerDefinitions: [
        { ...web, dependsOn: [{ containerName: 'side', condition: 'START' }] },
        { ...side, dependsOn: [{ containerName: 'web', condition: 'START' }] },
      ],
    },
    want: "The containers of the task definition depend on one another in a circle: 'web' -> 'side' -> 'web'.",
  },
  {
    name: '[TD-6] a circle through links and volumesFrom',
    given: {
      containerDefinitions: [
        { ...web, links: ['side'] },
        { ...side, volumesFrom: [{ sourceContainer: 'web' }] },
      ],
    },
    want: "The containers of the task definition depend on one another in a circle: 'web' -> 'side' -> 'web'.",
  },
  {
    name: '[TD-6] a link to nobody',
    given: containing({ links: ['db:database'] }),
    want: "Unknown container 'db' in 'links' of container 'web'.",
  },
  {
    name: '[TD-6] health check interval',
    given: containing({ healthCheck: { command: ['CMD', 'true'], interval: 4 } }),
    want: "Invalid health check 'interval' setting for container 'web'. The value must be between 5 and 300.",
  },
  {
    name: '[TD-6] health check retries',
    given: containing({ healthCheck: { command: ['CMD', 'true'], retries: 11 } }),
    want: "Invalid health check 'retries' setting for container 'web'. The value must be between 1 and 10.",
  },
  {
    name: '[TD-6] health check that says not how',
    given: containing({ healthCheck: { command: ['true'] } }),
    want: "The health check command of container 'web' must start with CMD or CMD-SHELL.",
  },
  {
    name: '[TD-6] health check without command',
    given: containing({ healthCheck: { command: [] } }),
    want: "The health check command of container 'web' should not be null or empty.",
  },
  {
    name: '[TD-6] restart period',
    given: containing({ restartPolicy: { enabled: true, restartAttemptPeriod: 59 } }),
    want: "Invalid 'restartAttemptPeriod' setting for container 'web'. The value must be between 60 and 1800.",
  },
  {
    name: '[TD-6] restart exit codes',
    given: containing({ restartPolicy: { enabled: true, ignoredExitCodes: [256] } }),
    want: "Invalid 'ignoredExitCodes' setting for container 'web'. Exit codes are between 0 and 255, but one was 256.",
  },
  {
    name: '[TD-6] negative stop timeout',
    given: containing({ stopTimeout: -1 }),
    want: "Invalid 'stopTimeout' setting for container 'web'.",
  },
];

const members: readonly Row[] = [
  {
    name: '[TD-3] a secret named like a variable',
    given: containing(
      { environment: [{ name: 'A', value: '1' }], secrets: [{ name: 'A', valueFrom: 'p' }] },
      { executionRoleArn: role },
    ),
    want: "The secret name must be unique and not shared with any new or existing environment variables set on the container, such as 'A'.",
  },
  {
    name: '[TD-3] a secret twice',
    given: containing(
      {
        secrets: [
          { name: 'A', valueFrom: 'p' },
          { name: 'A', valueFrom: 'q' },
        ],
      },
      { executionRoleArn: role },
    ),
    want: 'Duplicate secret names found: A. Each secret name must be unique.',
  },
  {
    name: '[TD-3] a secret from nowhere',
    given: containing({ secrets: [{ name: 'A', valueFrom: 'arn:aws:s3:::b' }] }, { executionRoleArn: role }),
    want: "Invalid 'valueFrom' setting 'arn:aws:s3:::b' for secret 'A' of container 'web'.",
  },
  {
    name: '[TD-3] a variable without name',
    given: containing({ environment: [{ value: '1' }] }),
    want: "Environment variable name of container 'web' should not be null or empty.",
  },
  {
    name: '[TD-3] an environment file that is no ARN',
    given: containing({ environmentFiles: [{ type: 's3', value: 's3://b/a.env' }] }, { executionRoleArn: role }),
    want: 'Invalid arn syntax.',
  },
  {
    name: '[TD-7] driver without its options',
    given: containing({ logConfiguration: { logDriver: 'awslogs' } }),
    want: 'Log driver awslogs requires options: awslogs-region, awslogs-group',
  },
  {
    name: '[TD-7] splunk without token',
    given: containing({ logConfiguration: { logDriver: 'splunk', options: { 'splunk-url': 'https://s' } } }),
    want: 'Log driver splunk requires options: splunk-token',
  },
  {
    name: '[TD-7] option the driver does not have',
    given: containing({
      logConfiguration: {
        logDriver: 'awslogs',
        options: { 'awslogs-group': 'g', 'awslogs-region': 'r', log_key: 'log' },
      },
    }),
    want: 'Log driver awslogs disallows options: log_key',
  },
  {
    name: '[TD-7] create-group must be true',
    given: containing({
      logConfiguration: {
        logDriver: 'awslogs',
        options: { 'awslogs-group': 'g', 'awslogs-region': 'r', 'awslogs-create-group': 'false' },
      },
    }),
    want: "Log driver awslogs option 'awslogs-create-group' should only be set to 'true', else omit option.",
  },
  {
    name: '[TD-7] mode that is none',
    given: containing({ logConfiguration: { logDriver: 'json-file', options: { mode: 'maybe' } } }),
    want: "Log driver json-file option 'mode' should be 'blocking' or 'non-blocking', but was 'maybe'.",
  },
  {
    name: '[TD-7] driver that is none',
    given: containing({ logConfiguration: { logDriver: 'awsvpc' as 'awslogs' } }),
    want: 'awsvpc is not a valid log driver. Must be one of [awslogs,json-file,syslog,journald,gelf,fluentd,splunk,awsfirelens]',
  },
  {
    name: '[TD-7] a router nobody uses',
    given: containing({ firelensConfiguration: { type: 'fluentbit' } }),
    want: 'When a firelensConfiguration object is specified, at least one container has to be configured with the awsfirelens log driver.',
  },
  {
    name: '[TD-7] awsfirelens without router',
    given: containing({ logConfiguration: { logDriver: 'awsfirelens' } }),
    want: "Container 'web' uses the awsfirelens log driver, so a container with a firelensConfiguration must be specified.",
  },
  {
    name: '[TD-8] a mount of no volume',
    given: containing({ mountPoints: [{ sourceVolume: 'data', containerPath: '/d' }] }),
    want: "Unknown volume 'data'.",
  },
  {
    name: '[TD-8] a mount without volume',
    given: containing({ mountPoints: [{ containerPath: '/d' }] }),
    want: "Unknown volume 'null'.",
  },
  {
    name: '[TD-8] a mount without path',
    given: containing({ mountPoints: [{ sourceVolume: 'v' }] }, { volumes: [{ name: 'v' }] }),
    want: "Mount point containerPath of container 'web' should not be null or empty.",
  },
  {
    name: '[TD-8] volumesFrom nobody',
    given: containing({ volumesFrom: [{ sourceContainer: 'x' }] }),
    want: "Unknown container 'x' in 'volumesFrom' of container 'web'.",
  },
  {
    name: '[TD-8] a volume twice',
    given: { volumes: [{ name: 'v' }, { name: 'v' }] },
    want: "Duplicate volume name 'v'. Volume names must be unique within a task definition.",
  },
  {
    name: '[TD-8] a blank host path',
    given: { volumes: [{ name: 'v', host: { sourcePath: '' } }] },
    want: 'host.sourcePath should not be blank.',
  },
  {
    name: '[TD-8] two kinds of volume in one',
    given: { volumes: [{ name: 'v', host: {}, efsVolumeConfiguration: { fileSystemId: 'fs-12345678' } }] },
    want: "Volume 'v' cannot have more than one of host, efsVolumeConfiguration.",
  },
  {
    name: '[TD-8] IAM on EFS without encryption',
    given: {
      volumes: [
        { name: 'v', efsVolumeConfiguration: { fileSystemId: 'fs-12345678', authorizationConfig: { iam: 'ENABLED' } } },
      ],
    },
    want: 'EFS transit encryption must be enabled to use IAM authorization.',
  },
  {
    name: '[TD-8] autoprovision of a task volume',
    given: { volumes: [{ name: 'v', dockerVolumeConfiguration: { autoprovision: true } }] },
    want: "The 'autoprovision' setting of volume 'v' is only supported with scope shared.",
  },
  {
    name: '[TD-9] soft limit above hard',
    given: containing({ ulimits: [{ name: 'nofile', softLimit: 2, hardLimit: 1 }] }),
    want: "Invalid ulimit 'nofile' for container 'web'. The soft limit cannot be greater than the hard limit.",
  },
  {
    name: '[TD-9] a ulimit twice',
    given: containing({
      ulimits: [
        { name: 'cpu', softLimit: 1, hardLimit: 1 },
        { name: 'cpu', softLimit: 1, hardLimit: 1 },
      ],
    }),
    want: "Duplicate ulimit 'cpu' for container 'web'.",
  },
  {
    name: '[TD-9] half a GPU',
    given: containing({ resourceRequirements: [{ type: 'GPU', value: '0.5' }] }),
    want: "Invalid GPU resource requirement '0.5' for container 'web'. The value must be a positive integer.",
  },
  {
    name: '[TD-9] a capability Linux does not have',
    given: containing({ linuxParameters: { capabilities: { add: ['FLY'] } } }),
    want: "Invalid Linux capability 'FLY' for container 'web'.",
  },
  {
    name: '[TD-9] swappiness',
    given: containing({ linuxParameters: { swappiness: 101 } }),
    want: "Invalid 'swappiness' setting for container 'web'. The value must be between 0 and 100.",
  },
  {
    name: '[TD-9] tmpfs option',
    given: containing({ linuxParameters: { tmpfs: [{ containerPath: '/t', size: 1, mountOptions: ['fast'] }] } }),
    want: "Invalid tmpfs mount option 'fast' for container 'web'.",
  },
  {
    name: '[TD-9] security option',
    given: containing({ dockerSecurityOptions: ['seccomp=unconfined'] }),
    want: "Invalid Docker security option 'seccomp=unconfined' for container 'web'.",
  },
];

const numbers: readonly Row[] = [
  {
    name: '[TD-9] shared memory without end',
    given: containing({ linuxParameters: { sharedMemorySize: Infinity } }),
    want: "Invalid 'sharedMemorySize' setting for container 'web'.",
  },
  {
    name: '[TD-9] half a limit',
    given: containing({ ulimits: [{ name: 'cpu', softLimit: 0.5, hardLimit: 1 }] }),
    want: "Invalid ulimit 'cpu' for container 'web'. Limits are whole numbers, or -1 for none.",
  },
  {
    name: '[TD-9] no limit',
    given: containing({ ulimits: [{ name: 'core', softLimit: -1, hardLimit: -1 }] }),
    want: undefined,
  },
  {
    name: '[TD-6] half a retry',
    given: containing({ healthCheck: { command: ['CMD', 'true'], retries: 1.5 } }),
    want: "Invalid health check 'retries' setting for container 'web'. The value must be between 1 and 10.",
  },
];

const fargateRows: readonly Row[] = [
  {
    name: '[TD-10] network mode',
    given: { ...fargate, networkMode: 'bridge' },
    want: 'Fargate only supports network mode ‘awsvpc’.',
  },
  {
    name: '[TD-10] no task cpu',
    given: { ...fargate, cpu: undefined },
    want: "Fargate requires that 'cpu' be defined at the task level.",
  },
  {
    name: '[TD-10] no task memory',
    given: { ...fargate, memory: undefined, containerDefinitions: [web] },
    want: "Fargate requires that 'memory' be defined at the task level.",
  },
  {
    name: '[TD-10] a size Fargate does not have',
    given: { ...fargate, memory: '4096' },
    want: 'No Fargate configuration exists for given values: 256 CPU, 4096 memory. See the Amazon ECS documentation for the valid values.',
  },
  {
    name: '[TD-10] Windows below one vCPU',
    given: {
      ...fargate,
      cpu: '512',
      memory: '1024',
      runtimePlatform: { operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' },
    },
    want: 'No Fargate configuration exists for given values: 512 CPU, 1024 memory. See the Amazon ECS documentation for the valid values.',
  },
  {
    name: '[TD-10] ipcMode',
    given: { ...fargate, ipcMode: 'task' },
    want: 'Tasks using the Fargate launch type do not support ipcMode.',
  },
  {
    name: '[TD-10] pidMode host',
    given: { ...fargate, pidMode: 'host' },
    want: "Tasks using the Fargate launch type do not support pidMode 'host'.",
  },
  {
    name: '[TD-10] privileged',
    given: onFargate({ privileged: true }),
    want: 'Fargate compatible task definitions do not support privileged',
  },
  {
    name: '[TD-10] sharedMemorySize',
    given: onFargate({ linuxParameters: { sharedMemorySize: 64 } }),
    want: 'Fargate compatible task definitions do not support sharedMemorySize',
  },
  {
    name: '[TD-10] devices',
    given: onFargate({ linuxParameters: { devices: [{ hostPath: '/dev/fuse' }] } }),
    want: 'Fargate compatible task definitions do not support devices',
  },
  {
    name: '[TD-10] tmpfs',
    given: onFargate({ linuxParameters: { tmpfs: [{ containerPath: '/t', size: 1 }] } }),
    want: 'Fargate compatible task definitions do not support tmpfs',
  },
  {
    name: '[TD-10] maxSwap',
    given: onFargate({ linuxParameters: { maxSwap: 1 } }),
    want: 'Fargate compatible task definitions do not support maxSwap',
  },
  {
    name: '[TD-10] capabilities but SYS_PTRACE',
    given: onFargate({ linuxParameters: { capabilities: { add: ['SYS_PTRACE', 'NET_ADMIN'] } } }),
    want: 'Fargate compatible task definitions do not support adding the capabilities NET_ADMIN',
  },
  {
    name: '[TD-10] dockerSecurityOptions',
    given: onFargate({ dockerSecurityOptions: ['no-new-privileges'] }),
    want: 'Fargate compatible task definitions do not support dockerSecurityOptions',
  },
  {
    name: '[TD-10] dnsServers',
    given: onFargate({ dnsServers: ['1.1.1.1'] }),
    want: 'Fargate compatible task definitions do not support dnsServers',
  },
  {
    name: '[TD-10] disableNetworking',
    given: onFargate({ disableNetworking: true }),
    want: 'Fargate compatible task definitions do not support disableNetworking',
  },
  {
    name: '[TD-10] GPU',
    given: onFargate({ resourceRequirements: [{ type: 'GPU', value: '1' }] }),
    want: 'Tasks using the Fargate launch type do not support GPU resource requirements.',
  },
  {
    name: '[TD-10] placementConstraints',
    given: { ...fargate, placementConstraints: [{ type: 'memberOf', expression: 'a' }] },
    want: 'Fargate compatible task definitions do not support placementConstraints',
  },
  {
    name: '[TD-10] log driver',
    given: onFargate({ logConfiguration: { logDriver: 'json-file' } }),
    want: 'json-file is not a valid log driver. Must be one of [awslogs,splunk,awsfirelens]',
  },
  {
    name: '[TD-10] awslogs without prefix',
    given: onFargate({
      logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': 'g', 'awslogs-region': 'r' } },
    }),
    want: 'Log driver awslogs requires options: awslogs-stream-prefix',
  },
  {
    name: '[TD-10] awslogs without execution role',
    given: onFargate(
      {
        logConfiguration: {
          logDriver: 'awslogs',
          options: { 'awslogs-group': 'g', 'awslogs-region': 'r', 'awslogs-stream-prefix': 'p' },
        },
      },
      { executionRoleArn: undefined },
    ),
    want: 'Fargate requires task definition to have execution role ARN to support log driver awslogs.',
  },
  {
    name: '[TD-10] ECR without execution role',
    given: onFargate(
      { image: `${account}.dkr.ecr.us-east-1.amazonaws.com/web:latest` },
      { executionRoleArn: undefined },
    ),
    want: 'Fargate requires task definition to have execution role ARN to support ECR images.',
  },
  {
    name: '[TD-10] stop timeout',
    given: onFargate({ stopTimeout: 121 }),
    want: "Invalid 'stopTimeout' setting for container 'web'. The maximum on Fargate is 120 seconds.",
  },
  {
    name: '[TD-10] a path of the host',
    given: { ...fargate, volumes: [{ name: 'v', host: { sourcePath: '/d' } }] },
    want: 'Fargate compatible task definitions do not support sourcePath',
  },
  {
    name: '[TD-10] Docker volumes',
    given: { ...fargate, volumes: [{ name: 'v', dockerVolumeConfiguration: {} }] },
    want: 'Fargate compatible task definitions do not support dockerVolumeConfiguration',
  },
  {
    name: '[TD-12] awsvpc outside AWS',
    given: { requiresCompatibilities: ['EXTERNAL'], networkMode: 'awsvpc' },
    want: "External compatible task definitions only support network modes 'bridge', 'host' and 'none'.",
  },
];

describe.each([
  ['valid definitions', fine],
  ['the whole', wholes],
  ['sizes', sizes],
  ['network', network],
  ['order', order],
  ['members', members],
  ['numbers', numbers],
  ['Fargate', fargateRows],
])('%s', (_group, rows) => {
  test.each(rows)('$name', ({ given, family, want }) => {
    expect(problemOf(given, family)).toBe(want);
  });
});

test('[TD-1] 64 KiB at most, defaults included, to the byte', () => {
  const sized = (length: number) => containing({ environment: [{ name: 'A', value: 'x'.repeat(length) }] });
  const empty = JSON.stringify(normalise({ containerDefinitions: [web], ...sized(0) }, account)).length;
  expect(problemOf(sized(65_536 - empty))).toBe(undefined);
  expect(problemOf(sized(65_537 - empty))).toBe("Actual length: '65537'. Max allowed length is '65536' bytes.");
});
