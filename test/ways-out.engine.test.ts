import { rmSync } from 'node:fs';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECR } from '@aws-sdk/client-ecr';
import { ECS, type ContainerDefinition, type Task } from '@aws-sdk/client-ecs';
import { IAM } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canPush, DockerCli } from './docker-cli.ts';
import { hasAws } from './has-aws.ts';
import {
  awsCli,
  freePort,
  longshore,
  newDataDirectory,
  startLongshore,
  type RunningLongshore,
} from './longshore-process.ts';

// "Cannot Pull Image from ECR" of the third seed document, line by line: "VPC endpoint for ECR (if private subnet)", "NAT gateway (if private subnet)",
// "Security group allows HTTPS outbound". Each is wrong first, which a FARGATE task says in AWS's words, and then cured by the unmodified `aws`.

const walkMs = 120_000;
const account = '123456789012';
const registry = `${account}.dkr.ecr.us-east-1.amazonaws.com`;
const image = `${registry}/my-app:latest`;
const role = `arn:aws:iam::${account}:role/ecsTaskExecutionRole`;
const docker = new DockerCli();
const directory = newDataDirectory();
let server: RunningLongshore;
let aws: ReturnType<typeof awsCli>;
let ecs: ECS;
let ec2: EC2;
let vpc = '';
/** Subnets: `private` has the local route only, `public` one to the internet gateway, `behindNat` gets a NAT gateway. */
const subnets = { private: '', public: '', behindNat: '' };
const tables = { public: '', behindNat: '' };

interface Given {
  readonly subnet: string;
  readonly container?: Partial<ContainerDefinition>;
  readonly assignPublicIp?: 'ENABLED' | 'DISABLED';
  readonly group?: string;
  readonly volume?: string;
}

let families = 0;

async function start({ subnet, container = {}, assignPublicIp = 'DISABLED', group, volume }: Given): Promise<string> {
  families += 1;
  const family = `case-${families}`;
  const ofVolume =
    volume === undefined ? {} : { volumes: [{ name: 'data', efsVolumeConfiguration: { fileSystemId: volume } }] };
  await ecs.registerTaskDefinition({
    family,
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    executionRoleArn: role,
    ...ofVolume,
    containerDefinitions: [{ name: 'app', image, ...container }],
  });
  const securityGroups = group === undefined ? {} : { securityGroups: [group] };
  const { tasks = [], failures } = await ecs.runTask({
    taskDefinition: family,
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: [subnet], assignPublicIp, ...securityGroups } },
  });
  expect(failures).toEqual([]);
  return tasks[0]?.taskArn ?? '';
}

async function ended(arn: string): Promise<Task> {
  let task: Task = {};
  await expect
    .poll(
      async () => {
        task = (await ecs.describeTasks({ tasks: [arn] })).tasks?.[0] ?? {};
        return task.lastStatus;
      },
      { timeout: 60_000, interval: 200 },
    )
    .toBe('STOPPED');
  return task;
}

/** Runs a task to its end. @returns its exit code, or why it did not start */
async function outcome(given: Given): Promise<number | string> {
  const { containers, stoppedReason = '', stopCode } = await ended(await start(given));
  const exitCode = containers?.[0]?.exitCode;
  if (exitCode !== undefined) return exitCode;
  expect(stopCode).toBe('TaskFailedToStart');
  return stoppedReason;
}

const local = { image: 'longshore/web:1', entryPoint: ['sh', '-c'], command: ['exit 7'] };
const logging = {
  ...local,
  logConfiguration: {
    logDriver: 'awslogs' as const,
    options: {
      'awslogs-group': '/ecs/ways',
      'awslogs-region': 'us-east-1',
      'awslogs-stream-prefix': 'x',
      'awslogs-create-group': 'true',
    },
  },
};
const withSecret = (valueFrom: string) => ({ ...local, secrets: [{ name: 'A', valueFrom }] });
const pushed = 11;
const address = String.raw`\d+\.\d+\.\d+\.\d+:443`;

const frame =
  'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed';
const noPassword = (at = address): RegExp =>
  new RegExp(
    `^${frame}: unable to retrieve ecr registry auth: service call has been retried 3 time\\(s\\): RequestError: send request failed caused by: Post "https://api.ecr.us-east-1.amazonaws.com/": dial tcp ${at}: i/o timeout. Please check your task network configuration.$`,
  );
const noManifest = new RegExp(
  `^CannotPullContainerError: pull image manifest has been retried 5 time\\(s\\): failed to resolve ref ${image}: failed to do request: Head "https://${registry}/v2/my-app/manifests/latest": dial tcp ${address}: i/o timeout$`,
);
const noLayers = new RegExp(
  `^CannotPullContainerError: ref pull has been retried 5 time\\(s\\): failed to copy: httpReadSeeker: failed open: failed to do request: Get "https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/": dial tcp ${address}: i/o timeout$`,
);
const canceled =
  'RequestCanceled: request context canceled caused by: context deadline exceeded. Please check your task network configuration.';

async function newSubnet(CidrBlock: string, AvailabilityZone = 'us-east-1a'): Promise<string> {
  const { Subnet } = await ec2.createSubnet({ VpcId: vpc, CidrBlock, AvailabilityZone });
  return Subnet?.SubnetId ?? '';
}

async function newTable(SubnetId: string): Promise<string> {
  const { RouteTable } = await ec2.createRouteTable({ VpcId: vpc });
  const RouteTableId = RouteTable?.RouteTableId ?? '';
  await ec2.associateRouteTable({ RouteTableId, SubnetId });
  return RouteTableId;
}

async function newGroup(name: string): Promise<string> {
  const made = await ec2.createSecurityGroup({ GroupName: name, Description: name, VpcId: vpc });
  return made.GroupId ?? '';
}

const allow = (way: 'ingress' | 'egress', group: string, port: number, ...from: readonly string[]) =>
  aws(
    'ec2',
    `authorize-security-group-${way}`,
    '--group-id',
    group,
    '--protocol',
    'tcp',
    '--port',
    String(port),
    ...from,
  );

function newEndpoint(service: string, group: string): Promise<unknown> {
  return aws(
    ...['ec2', 'create-vpc-endpoint', '--vpc-id', vpc, '--vpc-endpoint-type', 'Interface'],
    ...['--service-name', `com.amazonaws.us-east-1.${service}`, '--subnet-ids', subnets.private],
    ...['--security-group-ids', group],
  );
}

describe.skipIf(!hasAws || !canPush)('what can leave a FARGATE task’s subnet (needs aws, docker and busybox)', () => {
  beforeAll(async () => {
    server = await startLongshore({ directory, port: await freePort() });
    aws = awsCli(server.endpoint);
    const options = {
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    ecs = new ECS(options);
    ec2 = new EC2(options);
    const ecr = new ECR(options);
    expect((await longshore(['image'])).stderr).not.toContain('cannot');
    await ecs.createCluster({ clusterName: 'default' });
    const { repository } = await ecr.createRepository({ repositoryName: 'my-app' });
    const uri = repository?.repositoryUri ?? '';
    await docker.login(ecr, uri);
    await docker.build(`${uri}:latest`, `ENTRYPOINT ["/busybox", "sh", "-c", "exit ${pushed}"]`);
    await docker.push(`${uri}:latest`);
    ecr.destroy();
    const reads = { Effect: 'Allow', Action: ['secretsmanager:GetSecretValue', 'ssm:GetParameters'], Resource: '*' };
    const iam = new IAM(options);
    await iam.putRolePolicy({
      RoleName: 'ecsTaskExecutionRole',
      PolicyName: 'reads',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [reads] }),
    });
    iam.destroy();
    vpc = (await ec2.createVpc({ CidrBlock: '10.77.0.0/16' })).Vpc?.VpcId ?? '';
    await ec2.modifyVpcAttribute({ VpcId: vpc, EnableDnsHostnames: { Value: true } });
    subnets.private = await newSubnet('10.77.1.0/24');
    subnets.public = await newSubnet('10.77.2.0/24');
    subnets.behindNat = await newSubnet('10.77.3.0/24', 'us-east-1b');
    tables.public = await newTable(subnets.public);
    tables.behindNat = await newTable(subnets.behindNat);
    const { InternetGateway } = await ec2.createInternetGateway({});
    const GatewayId = InternetGateway?.InternetGatewayId ?? '';
    await ec2.attachInternetGateway({ InternetGatewayId: GatewayId, VpcId: vpc });
    await ec2.createRoute({ RouteTableId: tables.public, DestinationCidrBlock: '0.0.0.0/0', GatewayId });
  }, walkMs);

  afterAll(async () => {
    ecs?.destroy();
    ec2?.destroy();
    await server?.stop();
    await longshore(['down', '--data-dir', directory]);
    docker.remove();
    rmSync(directory, { recursive: true, force: true });
  }, walkMs);

  test(
    '[WAY-1] a private subnet without anything: each call in its own words; what is on the machine runs',
    async () => {
      const { ARN: secret } = await aws('secretsmanager', 'create-secret', '--name', 'word', '--secret-string', 'x');
      const subnet = subnets.private;
      const [fromEcr, secrets, parameters, logs, hub, atHand] = await Promise.all([
        outcome({ subnet }),
        outcome({ subnet, container: withSecret(secret) }),
        outcome({ subnet, container: withSecret('/parameter') }),
        outcome({ subnet, container: logging }),
        outcome({ subnet, container: { image: 'nginx:1.27' } }),
        outcome({ subnet, container: local }),
      ]);
      expect(fromEcr).toMatch(noPassword());
      expect(secrets).toBe(
        `${frame}: unable to retrieve secret from asm: service call has been retried 5 time(s): failed to fetch secret ${secret} from secrets manager: ${canceled}`,
      );
      expect(parameters).toBe(
        `${frame}: unable to retrieve secrets from ssm: service call has been retried 5 time(s): ${canceled}`,
      );
      expect(logs).toBe('ResourceInitializationError: failed to validate logger args: : signal: killed');
      expect(hub).toMatch(
        new RegExp(
          `^CannotPullContainerError: pull image manifest has been retried 5 time\\(s\\): failed to resolve ref nginx:1.27: failed to do request: Head "https://registry-1.docker.io/v2/library/nginx/manifests/1.27": dial tcp ${address}: i/o timeout$`,
        ),
      );
      expect(atHand).toBe(7);
      expect(server.log()).toMatch(/the task cannot reach what it needs.*nothing leads from eni-\w+ out of vpc-/);
    },
    walkMs,
  );

  test(
    '[WAY-2] a public subnet: no public address, a group without HTTPS outbound, and both right',
    async () => {
      const subnet = subnets.public;
      const group = await newGroup('closed');
      const everything = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
      await ec2.revokeSecurityGroupEgress({ GroupId: group, IpPermissions: [everything] });
      const [noAddress, noHttps, withAddress] = await Promise.all([
        outcome({ subnet }),
        outcome({ subnet, assignPublicIp: 'ENABLED', group }),
        outcome({ subnet, assignPublicIp: 'ENABLED' }),
      ]);
      expect(noAddress).toMatch(noPassword());
      expect(noHttps).toMatch(noPassword());
      expect(withAddress).toBe(pushed);
      await allow('egress', group, 443, '--cidr', '0.0.0.0/0');
      const cured = [{ group }, { group, container: logging }].map((more) =>
        outcome({ subnet, assignPublicIp: 'ENABLED', ...more }),
      );
      expect(await Promise.all(cured)).toEqual([pushed, 7]);
    },
    walkMs,
  );

  test(
    '[WAY-3] a NAT gateway cures a private subnet, also of a task that is trying; its network ACL counts',
    async () => {
      const subnet = subnets.behindNat;
      const { AllocationId = '' } = await ec2.allocateAddress({});
      const { NatGateway } = await aws(
        ...['ec2', 'create-nat-gateway', '--subnet-id', subnets.public, '--allocation-id', AllocationId],
      );
      const NatGatewayId = NatGateway.NatGatewayId as string;
      const trying = await start({ subnet, container: withSecret('word') });
      await ec2.createRoute({ RouteTableId: tables.behindNat, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId });
      expect(await outcome({ subnet })).toBe(pushed);
      expect((await ended(trying)).stoppedReason).not.toContain('deadline');
      const ofVpc = { Filters: [{ Name: 'vpc-id', Values: [vpc] }] };
      const { NetworkAcls = [] } = await ec2.describeNetworkAcls(ofVpc);
      const entry = { NetworkAclId: NetworkAcls[0]?.NetworkAclId ?? '', RuleNumber: 50, Egress: true };
      const refused = { Protocol: '6', PortRange: { From: 443, To: 443 }, CidrBlock: '0.0.0.0/0' };
      await ec2.createNetworkAclEntry({ ...entry, ...refused, RuleAction: 'deny' });
      expect(await outcome({ subnet })).toMatch(noPassword());
      await ec2.deleteNetworkAclEntry(entry);
      expect(await outcome({ subnet })).toBe(pushed);
    },
    walkMs,
  );

  test(
    '[WAY-4] endpoints cure a private subnet, one after the other, when their group lets in and their name is private',
    async () => {
      const subnet = subnets.private;
      const container = withSecret(`arn:aws:secretsmanager:us-east-1:${account}:secret:word`);
      const group = await newGroup('endpoints');
      await newEndpoint('ecr.api', group);
      const named = {
        VpcId: vpc,
        VpcEndpointType: 'Interface' as const,
        SubnetIds: [subnet],
        SecurityGroupIds: [group],
      };
      const service = (name: string) => ({ ...named, ServiceName: `com.amazonaws.us-east-1.${name}` });
      const { VpcEndpoint } = await ec2.createVpcEndpoint({ ...service('secretsmanager'), PrivateDnsEnabled: false });
      const secrets = { VpcEndpointId: VpcEndpoint?.VpcEndpointId ?? '', PrivateDnsEnabled: true };
      const both = () => Promise.all([outcome({ subnet }), outcome({ subnet, container })]);
      const [groupCloses, notPrivate] = await both();
      expect(groupCloses).toMatch(noPassword(String.raw`10\.77\.1\.\d+:443`));
      expect(notPrivate).toContain(canceled);

      await allow('ingress', group, 443, '--cidr', '10.77.0.0/16');
      await ec2.modifyVpcEndpoint(secrets);
      const [password, secret] = await both();
      expect(password).toMatch(noManifest);
      expect(secret).toBe(7);

      await ec2.createVpcEndpoint(service('ecr.dkr'));
      expect(await outcome({ subnet })).toMatch(noLayers);
      const Filters = [
        { Name: 'vpc-id', Values: [vpc] },
        { Name: 'association.main', Values: ['true'] },
      ];
      const { RouteTables = [] } = await ec2.describeRouteTables({ Filters });
      await aws(
        ...['ec2', 'create-vpc-endpoint', '--vpc-id', vpc, '--service-name', 'com.amazonaws.us-east-1.s3'],
        ...['--route-table-ids', RouteTables[0]?.RouteTableId ?? ''],
      );
      expect(await outcome({ subnet })).toBe(pushed);
    },
    walkMs,
  );

  test(
    '[EFS-16] a mount target’s group lets the task’s group in, or the mount times out',
    async () => {
      const group = await newGroup('files');
      const own = await newGroup('mounts');
      const { FileSystemId: volume } = await aws('efs', 'create-file-system', '--creation-token', 'w');
      await aws(
        ...['efs', 'create-mount-target', '--file-system-id', volume, '--subnet-id', subnets.private],
        ...['--security-groups', group],
      );
      const given = {
        subnet: subnets.private,
        group: own,
        volume,
        container: { ...local, mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }] },
      };
      expect(await outcome(given)).toBe(
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: b'mount.nfs4: Connection timed out' : unsuccessful EFS utils command execution; code: 32",
      );
      await allow('ingress', group, 2049, '--source-group', own);
      expect(await outcome(given)).toBe(7);
    },
    walkMs,
  );
});
