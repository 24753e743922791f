import { rmSync } from 'node:fs';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECS } from '@aws-sdk/client-ecs';
import { IAM } from '@aws-sdk/client-iam';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canPush, DockerCli } from './docker-cli.ts';
import { freePort, longshore, newDataDirectory, startLongshore, type RunningLongshore } from './longshore-process.ts';
import { buildNodeImage } from './node-image.ts';

// A program in a task that signs calls with its role and makes one whenever it is asked to over HTTP: what its network lets through is decided by routes,
// groups and endpoints, which change while it runs. Needs what pushes need (docker-cli.ts); nothing is pushed.

const walkMs = 120_000;
const account = '123456789012';
const image = 'longshore-test/caller:1';
const docker = new DockerCli();
const directory = newDataDirectory();
let server: RunningLongshore;
let ecs: ECS;
let ec2: EC2;
let iam: IAM;
let vpc = '';
let subnet = '';
let publicSubnet = '';
let table = '';
let taskArn = '';
let address = '';

/** Answers `/ecs`, `/secretsmanager` and `/metadata` with what a call of that came to, and `timeout` when nothing came for two seconds. */
const program = `
const aws4 = require('aws4');
const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: uri, AWS_ENDPOINT_URL: endpoint, AWS_REGION: region } = process.env;
const calls = {
  ecs: ['AmazonEC2ContainerServiceV20141113.ListClusters', {}],
  secretsmanager: ['secretsmanager.GetSecretValue', { SecretId: 'word' }],
};
async function call(service, waitMs) {
  const given = await (await fetch('http://169.254.170.2' + uri)).json();
  if (service === 'metadata') return { status: given.RoleArn };
  const credentials = { accessKeyId: given.AccessKeyId, secretAccessKey: given.SecretAccessKey, sessionToken: given.Token };
  const { host } = new URL(endpoint);
  const [target, input] = calls[service];
  const body = JSON.stringify(input);
  const headers = { Host: host, 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': target };
  const signed = aws4.sign({ method: 'POST', path: '/', service, region, headers, body }, credentials).headers;
  try {
    const answer = await fetch(endpoint, { method: 'POST', headers: signed, body, signal: AbortSignal.timeout(waitMs) });
    return { status: answer.status, ...(await answer.json()) };
  } catch (error) {
    return { status: error.name === 'TimeoutError' ? 'timeout' : String(error.cause ?? error) };
  }
}
require('node:http').createServer((request, response) => {
  const [, service, waitMs = '2000'] = request.url.split('/');
  call(service, Number(waitMs)).then((result) => response.end(JSON.stringify(result)));
}).listen(8080);
`;

interface Result {
  readonly status: number | string;
  readonly SecretString?: string;
  readonly message?: string;
}

async function call(service: string, waitMs = 2_000): Promise<Result> {
  return (await (await fetch(`http://${address}:8080/${service}/${waitMs}`)).json()) as Result;
}

const status = async (service: string): Promise<number | string> => (await call(service)).status;

async function newGroup(name: string, port: number): Promise<string> {
  const { GroupId = '' } = await ec2.createSecurityGroup({ GroupName: name, Description: name, VpcId: vpc });
  const allow = { IpProtocol: 'tcp', FromPort: port, ToPort: port, CidrIp: '10.78.0.0/16' };
  await ec2.authorizeSecurityGroupIngress({ GroupId, ...allow });
  return GroupId;
}

/** A task that answers. */
async function startCaller(): Promise<void> {
  const trust = { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: trust });
  const { Role } = await iam.createRole({ RoleName: 'caller', AssumeRolePolicyDocument });
  const may = { Effect: 'Allow', Action: ['ecs:ListClusters', 'secretsmanager:GetSecretValue'], Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: may });
  await iam.putRolePolicy({ RoleName: 'caller', PolicyName: 'calls', PolicyDocument });
  await ecs.registerTaskDefinition({
    family: 'caller',
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '512',
    memory: '1024',
    taskRoleArn: Role?.Arn ?? '',
    containerDefinitions: [{ name: 'app', image }],
  });
  const securityGroups = [await newGroup('caller', 8080)];
  const { tasks = [] } = await ecs.runTask({
    taskDefinition: 'caller',
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: [subnet], securityGroups } },
  });
  taskArn = tasks[0]?.taskArn ?? '';
  const look = async (): Promise<boolean> => {
    const [task] = (await ecs.describeTasks({ tasks: [taskArn] })).tasks ?? [];
    const details = task?.attachments?.[0]?.details ?? [];
    address = details.find(({ name }) => name === 'privateIPv4Address')?.value ?? '';
    if (task?.lastStatus === 'STOPPED') throw new Error(`the task stopped: ${task.stoppedReason}`);
    return (
      task?.lastStatus === 'RUNNING' &&
      (await fetch(`http://${address}:8080/metadata`).then(
        () => true,
        () => false,
      ))
    );
  };
  await expect.poll(look, { timeout: 60_000, interval: 200 }).toBe(true);
}

beforeAll(async () => {
  if (!canPush) return;
  await buildNodeImage(docker, image, program);
  server = await startLongshore({ directory, port: await freePort() });
  const options = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  [ecs, ec2, iam] = [new ECS(options), new EC2(options), new IAM(options)];
  const secrets = new SecretsManager(options);
  await ecs.createCluster({});
  await secrets.createSecret({ Name: 'word', SecretString: 'open' });
  vpc = (await ec2.createVpc({ CidrBlock: '10.78.0.0/16' })).Vpc?.VpcId ?? '';
  await ec2.modifyVpcAttribute({ VpcId: vpc, EnableDnsHostnames: { Value: true } });
  const newSubnet = async (CidrBlock: string): Promise<string> =>
    (await ec2.createSubnet({ VpcId: vpc, CidrBlock })).Subnet?.SubnetId ?? '';
  subnet = await newSubnet('10.78.1.0/24');
  publicSubnet = await newSubnet('10.78.2.0/24');
  table = (await ec2.createRouteTable({ VpcId: vpc })).RouteTable?.RouteTableId ?? '';
  await ec2.associateRouteTable({ RouteTableId: table, SubnetId: subnet });
  secrets.destroy();
}, walkMs);

afterAll(async () => {
  if (canPush) {
    ecs?.destroy();
    ec2?.destroy();
    iam?.destroy();
    await server?.stop();
    await longshore(['down', '--data-dir', directory]);
    await docker.run(['rmi', '--force', image]);
  }
  docker.remove();
  rmSync(directory, { recursive: true, force: true });
}, walkMs);

const explained = async (host: string) => {
  const told = await longshore(['explain', 'reachability', taskArn, host, '443', '--endpoint', server.endpoint]);
  return { code: told.code, said: told.stdout + told.stderr };
};

test.skipIf(!canPush)(
  '[WAY-15] a private subnet: no call gets through, metadata does; an endpoint lets one service through while its group does',
  async () => {
    await startCaller();
    expect(await status('metadata')).toBe(`arn:aws:iam::${account}:role/caller`);
    expect(await Promise.all([status('secretsmanager'), status('ecs')])).toEqual(['timeout', 'timeout']);
    const secretsHost = 'secretsmanager.us-east-1.amazonaws.com';
    expect(await explained(secretsHost)).toMatchObject({ code: 1 });
    expect(server.log()).toMatch(/calls of a task do not get through.*secretsmanager\/us-east-1.*nothing leads from/);

    const waiting = call('secretsmanager', 30_000);
    const group = await newGroup('endpoints', 443);
    await ec2.createVpcEndpoint({
      VpcId: vpc,
      VpcEndpointType: 'Interface',
      ServiceName: 'com.amazonaws.us-east-1.secretsmanager',
      SubnetIds: [subnet],
      SecurityGroupIds: [group],
    });
    const madeMs = Date.now();
    expect(await waiting).toMatchObject({ status: 200, SecretString: 'open' });
    expect(Date.now() - madeMs).toBeLessThan(5_000);
    expect(await status('ecs')).toBe('timeout');
    expect(await explained(secretsHost)).toMatchObject({ code: 0 });

    const rule = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '10.78.0.0/16' };
    await ec2.revokeSecurityGroupIngress({ GroupId: group, ...rule });
    await expect.poll(() => status('secretsmanager'), { timeout: 10_000, interval: 100 }).toBe('timeout');
    expect(await explained(secretsHost)).toMatchObject({ code: 1 });
    await ec2.authorizeSecurityGroupIngress({ GroupId: group, ...rule });
    await expect.poll(() => status('secretsmanager'), { timeout: 10_000, interval: 100 }).toBe(200);
  },
  walkMs,
);

test.skipIf(!canPush)(
  '[WAY-15] a NAT gateway lets calls of all services through that no endpoint has the name of, while there is a route to it',
  async () => {
    const { InternetGateway } = await ec2.createInternetGateway({});
    const GatewayId = InternetGateway?.InternetGatewayId ?? '';
    await ec2.attachInternetGateway({ InternetGatewayId: GatewayId, VpcId: vpc });
    const { RouteTable } = await ec2.createRouteTable({ VpcId: vpc });
    const out = { RouteTableId: RouteTable?.RouteTableId ?? '', DestinationCidrBlock: '0.0.0.0/0' };
    await ec2.associateRouteTable({ RouteTableId: out.RouteTableId, SubnetId: publicSubnet });
    await ec2.createRoute({ ...out, GatewayId });
    const { AllocationId } = await ec2.allocateAddress({});
    const { NatGateway } = await ec2.createNatGateway({ SubnetId: publicSubnet, AllocationId });
    expect(await status('ecs')).toBe('timeout');
    const nat = { RouteTableId: table, DestinationCidrBlock: '0.0.0.0/0' };
    await ec2.createRoute({ ...nat, NatGatewayId: NatGateway?.NatGatewayId });
    await expect.poll(() => status('ecs'), { timeout: 10_000, interval: 100 }).toBe(200);
    await ec2.deleteRoute(nat);
    await expect.poll(() => status('ecs'), { timeout: 10_000, interval: 100 }).toBe('timeout');
    await ec2.createRoute({ ...nat, NatGatewayId: NatGateway?.NatGatewayId });
    await expect.poll(() => status('ecs'), { timeout: 10_000, interval: 100 }).toBe(200);
  },
  walkMs,
);
