import {
  CloudWatchClient,
  GetDashboardCommand,
  GetMetricDataCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, CreateLogGroupCommand, StartLiveTailCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DeleteVpcCommand, DescribeSubnetsCommand, DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateClusterCommand, DescribeTasksCommand, ECSClient, ListServicesCommand } from '@aws-sdk/client-ecs';
import {
  CreateAccessPointCommand,
  DeleteFileSystemCommand,
  DescribeFileSystemsCommand,
  EFSClient,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-efs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import { describe, expect, test } from 'vitest';
import { account, secretAccessKey, startTestServer } from '../contract/test-server.ts';
import { testServices } from '../contract/test-services.ts';

// The SDK's clients against a real server: sockets, signatures, every protocol.

function options(endpoint: string) {
  const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey };
  return { endpoint, region: 'eu-west-1', credentials, maxAttempts: 1, disableHostPrefix: true };
}

describe('the SDK calls operations', () => {
  test('in AWS JSON', async () => {
    const { url } = await startTestServer(testServices);
    const client = new ECSClient(options(url));
    const { cluster, $metadata } = await client.send(new CreateClusterCommand({ clusterName: 'web' }));
    expect(cluster).toMatchObject({ clusterArn: `arn:aws:ecs:eu-west-1:${account}:cluster/web`, status: 'ACTIVE' });
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    const { tasks } = await client.send(new DescribeTasksCommand({ tasks: ['t1'] }));
    expect(tasks?.[0]?.createdAt).toEqual(new Date(1_700_000_000_123));
  });

  test('in query', async () => {
    const { url } = await startTestServer(testServices);
    const identity = await new STSClient(options(url)).send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({ Account: account, UserId: 'AKIDTEST' });
  });

  test('in EC2 query', async () => {
    const { url } = await startTestServer(testServices);
    const Filters = [{ Name: 'cidr', Values: ['10.0.0.0/8', 'a b'] }];
    const { Vpcs } = await new EC2Client(options(url)).send(new DescribeVpcsCommand({ Filters }));
    expect(Vpcs).toEqual([{ VpcId: 'vpc-1', CidrBlock: '10.0.0.0/8+a b', IsDefault: true }]);
  });

  test('in REST-JSON', async () => {
    const { url } = await startTestServer(testServices);
    const client = new EFSClient(options(url));
    const arn = 'arn:aws:elasticfilesystem:us-east-1:1:file-system/fs-1';
    expect(await client.send(new ListTagsForResourceCommand({ ResourceId: arn }))).toMatchObject({
      Tags: [{ Key: 'resource', Value: arn }],
    });
    const input = { ClientToken: 'a', FileSystemId: 'fs-1', Tags: [{ Key: 'k', Value: 'v' }] };
    expect(await client.send(new CreateAccessPointCommand(input))).toMatchObject(input);
    const described = await client.send(new DescribeFileSystemsCommand({ MaxItems: 3, FileSystemId: 'fs 1' }));
    expect(described.Marker).toBe('3 fs 1');
  });

  test('in JSON 1.0 and in CBOR, compressed', async () => {
    const { url } = await startTestServer(testServices);
    const MetricData = Array.from({ length: 200 }, (_, index) => ({ MetricName: `metric-${index}`, Value: index }));
    for (const protocol of [{}, { protocol: SmithyRpcV2CborProtocol }]) {
      const client = new CloudWatchClient({ ...options(url), ...(protocol as object) });
      await client.send(new PutMetricDataCommand({ Namespace: 'n', MetricData }));
      const StartTime = new Date(1_700_000_000_500);
      const { MetricDataResults } = await client.send(
        new GetMetricDataCommand({ MetricDataQueries: [], StartTime, EndTime: StartTime }),
      );
      expect(MetricDataResults?.[0]).toMatchObject({ Values: [1, 2.5], Timestamps: [StartTime] });
      const dashboard = client.send(new GetDashboardCommand({ DashboardName: 'd' }));
      await expect(dashboard).rejects.toMatchObject({ message: 'Dashboard d does not exist' });
    }
  });

  test('with an event stream', async () => {
    const { url } = await startTestServer(testServices);
    const client = new CloudWatchLogsClient(options(url));
    const events: unknown[] = [];
    const { responseStream } = await client.send(new StartLiveTailCommand({ logGroupIdentifiers: ['g'] }));
    for await (const event of responseStream ?? []) events.push(event);
    expect(events).toMatchObject([
      { sessionStart: { sessionId: 's-1', logGroupIdentifiers: ['g'] } },
      { sessionUpdate: { sessionResults: [{ message: 'one' }] } },
      { sessionUpdate: { sessionResults: [{ message: 'two & <three>' }] } },
    ]);
  });

  test('with an event stream that fails', async () => {
    const { url } = await startTestServer(testServices);
    const client = new CloudWatchLogsClient(options(url));
    const { responseStream } = await client.send(new StartLiveTailCommand({ logGroupIdentifiers: ['fails'] }));
    const read = (async () => {
      for await (const event of responseStream ?? []) expect(event).toBeDefined();
    })();
    await expect(read).rejects.toMatchObject({ name: 'SessionStreamingException', message: 'the stream broke' });
  });
});

describe('the SDK sees errors', () => {
  test('of input', async () => {
    const { url } = await startTestServer(testServices);
    await expect(
      new ECSClient(options(url)).send(new CreateClusterCommand({ clusterName: 'a b' })),
    ).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message:
        "1 validation error detected: Value 'a b' at 'clusterName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
    });
    const client = new CloudWatchLogsClient(options(url));
    const missing = client.send(new CreateLogGroupCommand({ logGroupName: undefined }));
    await expect(missing).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: /Value null at 'logGroupName'/,
    });
  });

  test('of handlers, with their members', async () => {
    const { url } = await startTestServer(testServices);
    await expect(
      new EFSClient(options(url)).send(new DeleteFileSystemCommand({ FileSystemId: 'fs-9' })),
    ).rejects.toMatchObject({
      name: 'FileSystemNotFound',
      ErrorCode: 'FileSystemNotFound',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(new EC2Client(options(url)).send(new DeleteVpcCommand({ VpcId: 'vpc-9' }))).rejects.toMatchObject({
      name: 'InvalidVpcID.NotFound',
      message: "The vpc ID 'vpc-9' does not exist",
    });
  });

  test('of operations that Longshore has not', async () => {
    const { url } = await startTestServer(testServices);
    await expect(new ECSClient(options(url)).send(new ListServicesCommand({}))).rejects.toMatchObject({
      name: 'NotImplemented',
      message: 'ListServices is not implemented by Longshore',
      $metadata: { httpStatusCode: 501 },
    });
    await expect(new EC2Client(options(url)).send(new DescribeSubnetsCommand({}))).rejects.toMatchObject({
      name: 'NotImplemented',
      message: 'DescribeSubnets is not implemented by Longshore',
    });
  });

  test('of authentication', async () => {
    const { url } = await startTestServer(testServices);
    const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'wrong' };
    const send = (client: { send: ECSClient['send'] }) => client.send(new CreateClusterCommand({}));
    await expect(send(new ECSClient({ ...options(url), credentials }))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      $metadata: { httpStatusCode: 400 },
    });
    const sts = new STSClient({ ...options(url), credentials });
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('of bugs, which are logged and hurt nobody else', async () => {
    const { url, log } = await startTestServer(testServices);
    const client = new ECSClient(options(url));
    const error = await client
      .send(new CreateClusterCommand({ clusterName: 'bug' }))
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'ServerException', $metadata: { httpStatusCode: 500 } });
    const { requestId } = (error as { $metadata: { requestId: string } }).$metadata;
    expect(log).toMatchObject([
      { level: 'error', fields: { requestId, service: 'ecs', operation: 'CreateCluster', error: 'a bug' } },
    ]);
    expect((await client.send(new CreateClusterCommand({ clusterName: 'web' }))).cluster?.clusterName).toBe('web');
  });
});
