import { rmSync } from 'node:fs';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECS, type RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { EFS } from '@aws-sdk/client-efs';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { ServiceDiscovery } from '@aws-sdk/client-servicediscovery';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, longshore, newDataDirectory, startLongshore, type RunningLongshore } from './longshore-process.ts';
import { machinePicture, type MachinePicture } from './machine-picture.ts';

// A machine before an installation that uses all that makes something on it, and after `longshore down`: rules, links, addresses, routes, mounts,
// loop devices, processes, containers, networks and volumes. Needs root, for only then is most of it made.

const isRoot = process.getuid?.() === 0;
const walkMs = 180_000;
const directory = newDataDirectory();
let server: RunningLongshore | undefined;
let before: MachinePicture;

beforeAll(async () => {
  if (!isRoot) return;
  const { stderr } = await longshore(['image']);
  if (stderr.includes('cannot')) throw new Error(stderr);
  before = machinePicture(directory);
  server = await startLongshore({ directory, port: await freePort() });
}, walkMs);

afterAll(async () => {
  await server?.stop();
  await longshore(['down', '--data-dir', directory]);
  rmSync(directory, { recursive: true, force: true });
}, walkMs);

function clients(endpoint: string) {
  const options = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  return {
    ec2: new EC2(options),
    ecs: new ECS(options),
    efs: new EFS(options),
    elb: new ElasticLoadBalancingV2(options),
    names: new ServiceDiscovery({ ...options, disableHostPrefix: true }),
  };
}

const container = { name: 'web', image: 'longshore/web:1', portMappings: [{ containerPort: 8080 }] };
const fargate: Pick<RegisterTaskDefinitionCommandInput, 'networkMode' | 'requiresCompatibilities' | 'cpu' | 'memory'> =
  {
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
  };

test.runIf(isRoot)(
  'after `longshore down` the machine is as it was before',
  async () => {
    const { ec2, ecs, efs, elb, names } = clients(server?.endpoint ?? '');
    const { Subnets = [] } = await ec2.describeSubnets({});
    const subnets = Subnets.slice(0, 2).map(({ SubnetId }) => SubnetId ?? '');
    const network = { networkConfiguration: { awsvpcConfiguration: { subnets, assignPublicIp: 'ENABLED' as const } } };
    await ecs.createCluster({ clusterName: 'default' });

    // A service behind a load balancer, with names, on a file system.
    const { FileSystemId: fileSystemId = '' } = await efs.createFileSystem({ CreationToken: 't' });
    for (const SubnetId of subnets) await efs.createMountTarget({ FileSystemId: fileSystemId, SubnetId });
    const { LoadBalancers } = await elb.createLoadBalancer({ Name: 'web', Subnets: subnets });
    const { TargetGroups } = await elb.createTargetGroup({
      Name: 'web',
      Protocol: 'HTTP',
      Port: 8080,
      TargetType: 'ip',
      VpcId: Subnets[0]?.VpcId,
    });
    const targetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? '';
    await elb.createListener({
      LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroupArn }],
    });
    const { OperationId } = await names.createPrivateDnsNamespace({ Name: 'left.test', Vpc: Subnets[0]?.VpcId });
    const { Operation } = await names.getOperation({ OperationId });
    const { Service } = await names.createService({
      Name: 'web',
      DnsConfig: { NamespaceId: Operation?.Targets?.NAMESPACE, DnsRecords: [{ Type: 'A', TTL: 10 }] },
    });
    await ecs.registerTaskDefinition({
      family: 'service',
      ...fargate,
      volumes: [{ name: 'shared', efsVolumeConfiguration: { fileSystemId } }, { name: 'scratch' }],
      containerDefinitions: [
        {
          ...container,
          mountPoints: [
            { sourceVolume: 'shared', containerPath: '/shared' },
            { sourceVolume: 'scratch', containerPath: '/scratch' },
          ],
        },
      ],
    });
    await ecs.createService({
      serviceName: 'web',
      taskDefinition: 'service',
      desiredCount: 2,
      launchType: 'FARGATE',
      loadBalancers: [{ targetGroupArn, containerName: 'web', containerPort: 8080 }],
      serviceRegistries: [{ registryArn: Service?.Arn }],
      ...network,
    });
    // A task alone, and one that ended by itself.
    const task = async (definition: RegisterTaskDefinitionCommandInput) => {
      await ecs.registerTaskDefinition(definition);
      const { tasks, failures } = await ecs.runTask({
        taskDefinition: definition.family,
        launchType: 'FARGATE',
        ...network,
      });
      expect(failures).toEqual([]);
      return tasks?.[0]?.taskArn ?? '';
    };
    const alone = await task({ family: 'alone', ...fargate, containerDefinitions: [container] });
    const over = await task({
      family: 'over',
      ...fargate,
      containerDefinitions: [{ ...container, command: ['true'], entryPoint: [] }],
    });
    const statuses = async () => {
      const service = (await ecs.describeServices({ services: ['web'] })).services?.[0]?.runningCount;
      const { tasks = [] } = await ecs.describeTasks({ tasks: [alone, over] });
      return [service, ...tasks.map(({ lastStatus }) => lastStatus)];
    };
    await expect.poll(statuses, { timeout: 90_000, interval: 500 }).toEqual([2, 'RUNNING', 'STOPPED']);

    // The test is of something: each kind of thing is there now.
    const during = machinePicture(directory);
    for (const kind of ['rules', 'links', 'addresses', 'routes', 'processes', 'containers'])
      expect([kind, (during[kind]?.length ?? 0) > (before[kind]?.length ?? 0)]).toEqual([kind, true]);

    // As after a power cut: the parts are killed, not stopped.
    await server?.kill();
    const { code, stderr } = await longshore(['down', '--data-dir', directory]);
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    // The parts of a killed `up` end by themselves when they notice.
    await expect.poll(() => machinePicture(directory), { timeout: 15_000, interval: 500 }).toEqual(before);
  },
  walkMs,
);
