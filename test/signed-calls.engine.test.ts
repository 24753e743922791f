import { rmSync } from 'node:fs';
import { CloudTrail } from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECS } from '@aws-sdk/client-ecs';
import { IAM } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canPush, DockerCli } from './docker-cli.ts';
import { freePort, longshore, newDataDirectory, startLongshore, type RunningLongshore } from './longshore-process.ts';
import { buildNodeImage } from './node-image.ts';

// A program in a task that gets its role's credentials and signs its own calls, all from inside its container: an image of this machine's node and
// the libraries that it needs. Needs what pushes need (docker-cli.ts); nothing is pushed.

const account = '123456789012';
const image = 'longshore-test/node:1';
const docker = new DockerCli();
const directory = newDataDirectory();
let server: RunningLongshore;
let options: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };

/** What runs in the container: it prints what each call came to. */
const program = `
const aws4 = require('aws4');
const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: uri, AWS_ENDPOINT_URL: endpoint, AWS_REGION: region } = process.env;
async function call(service, target, input, credentials) {
  const { host } = new URL(endpoint);
  const body = JSON.stringify(input);
  const headers = { Host: host, 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': target };
  const signed = aws4.sign({ method: 'POST', path: '/', service, region, headers, body }, credentials).headers;
  const answer = await fetch(endpoint, { method: 'POST', headers: signed, body });
  console.log(JSON.stringify({ target, status: answer.status, ...(await answer.json()) }));
}
(async () => {
  const given = await (await fetch('http://169.254.170.2' + uri)).json();
  const credentials = { accessKeyId: given.AccessKeyId, secretAccessKey: given.SecretAccessKey, sessionToken: given.Token };
  const ecs = 'AmazonEC2ContainerServiceV20141113.';
  await call('ecs', ecs + 'ListClusters', {}, credentials);
  await call('ecs', ecs + 'DeleteCluster', { cluster: 'shop' }, credentials);
  await call('secretsmanager', 'secretsmanager.GetSecretValue', { SecretId: 'app' }, credentials);
  await call('ecs', ecs + 'ListClusters', {}, { ...credentials, sessionToken: undefined });
})();
`;

beforeAll(async () => {
  if (!canPush) return;
  await buildNodeImage(docker, image, program);
  server = await startLongshore({ directory, port: await freePort() });
  options = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
}, 120_000);

afterAll(async () => {
  if (canPush) {
    await server.stop();
    await longshore(['down', '--data-dir', directory]);
    await docker.run(['rmi', '--force', image]);
  }
  docker.remove();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

test.skipIf(!canPush)(
  'a program signs calls with its task’s role: what the role may is done, all else is refused',
  async () => {
    const [ecs, iam, logs, ec2, trail] = [
      new ECS(options),
      new IAM(options),
      new CloudWatchLogs(options),
      new EC2(options),
      new CloudTrail(options),
    ];
    await ecs.createCluster({ clusterName: 'shop' });
    const subnet = (await ec2.describeSubnets({})).Subnets?.[0]?.SubnetId ?? '';
    const trust = { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: trust });
    const { Role } = await iam.createRole({ RoleName: 'app', AssumeRolePolicyDocument });
    const may = { Effect: 'Allow', Action: 'ecs:ListClusters', Resource: '*' };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: may });
    await iam.putRolePolicy({ RoleName: 'app', PolicyName: 'lists', PolicyDocument });
    await ecs.registerTaskDefinition({
      family: 'app',
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: '512',
      memory: '1024',
      executionRoleArn: `arn:aws:iam::${account}:role/ecsTaskExecutionRole`,
      taskRoleArn: Role?.Arn ?? '',
      containerDefinitions: [
        {
          name: 'app',
          image,
          logConfiguration: {
            logDriver: 'awslogs',
            options: {
              'awslogs-group': '/ecs/app',
              'awslogs-region': 'us-east-1',
              'awslogs-stream-prefix': 'ecs',
              'awslogs-create-group': 'true',
            },
          },
        },
      ],
    });
    await logs.createLogGroup({ logGroupName: '/ecs/app' });
    const { tasks } = await ecs.runTask({
      cluster: 'shop',
      launchType: 'FARGATE',
      taskDefinition: 'app',
      networkConfiguration: { awsvpcConfiguration: { subnets: [subnet], assignPublicIp: 'ENABLED' } },
    });
    const taskArn = tasks?.[0]?.taskArn ?? '';
    const id = taskArn.split('/').at(-1);
    let task: any;
    const look = async (): Promise<string | undefined> => {
      [task] = (await ecs.describeTasks({ cluster: 'shop', tasks: [taskArn] })).tasks ?? [];
      return task?.lastStatus;
    };
    await expect.poll(look, { timeout: 60_000, interval: 200 }).toBe('STOPPED');
    expect(task.containers[0]).toMatchObject({ exitCode: 0 });
    const read = { logGroupName: '/ecs/app', logStreamName: `ecs/app/${id}`, startFromHead: true };
    const { events = [] } = await logs.getLogEvents(read);
    const said = events.map(({ message = '' }) => JSON.parse(message) as object);
    const session = `arn:aws:sts::${account}:assumed-role/app/${id}`;
    const refused = (action: string): object =>
      expect.stringContaining(`User: ${session} is not authorized to perform: ${action} on resource: `) as object;
    expect(said).toMatchObject([
      { status: 200, clusterArns: [`arn:aws:ecs:us-east-1:${account}:cluster/shop`] },
      { __type: 'AccessDeniedException', message: refused('ecs:DeleteCluster') },
      { __type: 'AccessDeniedException', message: refused('secretsmanager:GetSecretValue') },
      { status: 400, __type: 'UnrecognizedClientException' },
    ]);
    expect((await ecs.listClusters({})).clusterArns).toHaveLength(1);
    const { Events } = await trail.lookupEvents({
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'DeleteCluster' }],
    });
    expect(JSON.parse(Events?.[0]?.CloudTrailEvent ?? '')).toMatchObject({
      errorCode: 'AccessDenied',
      userIdentity: { type: 'AssumedRole', arn: session },
    });
    for (const client of [ecs, iam, logs, ec2, trail]) client.destroy();
  },
  90_000,
);
