import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudTrailClient,
  CreateTrailCommand,
  GetTrailStatusCommand,
  LookupEventsCommand,
  StartLoggingCommand,
  type LookupEventsCommandInput,
} from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogsClient, CreateLogGroupCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateClusterCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startTestServer } from './contract/test-server.ts';

// The whole control plane over real sockets and files.

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'longshore-trail-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function clients(endpoint: string) {
  const config = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  return { ecs: new ECSClient(config), trail: new CloudTrailClient(config), logs: new CloudWatchLogsClient(config) };
}

async function lookUp(trail: CloudTrailClient, input: LookupEventsCommandInput, count: number) {
  return vi.waitFor(
    async () => {
      const { Events: events = [] } = await trail.send(new LookupEventsCommand(input));
      expect(events.length).toBe(count);
      return events.map((event) => ({
        ...event,
        json: JSON.parse(event.CloudTrailEvent ?? '{}') as Record<string, any>,
      }));
    },
    { timeout: 1_000, interval: 50 },
  );
}

const named = (AttributeValue: string): LookupEventsCommandInput => ({
  LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue }],
});

test('[CT-1] [CT-3] [CT-7] calls over the API are found within a second, also after a restart; trails go to a log group', async () => {
  const dataDirectory = directory();
  let server = await startTestServer(dataDirectory);
  const { ecs, trail, logs } = clients(server.url);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'trail' }));
  const group = 'arn:aws:logs:us-east-1:000000000001:log-group:trail:*';
  const [{ json: created } = { json: {} }] = await lookUp(trail, named('CreateLogGroup'), 1);
  const account = created['recipientAccountId'] as string;
  await trail.send(
    new CreateTrailCommand({
      Name: 'all',
      S3BucketName: 'bucket',
      CloudWatchLogsLogGroupArn: group.replace('000000000001', account),
      CloudWatchLogsRoleArn: `arn:aws:iam::${account}:role/trail`,
    }),
  );
  await trail.send(new StartLoggingCommand({ Name: 'all' }));
  await ecs.send(new CreateClusterCommand({ clusterName: 'seen' }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: 'web',
      containerDefinitions: [
        { name: 'web', image: 'i', memory: 64, environment: [{ name: 'PASSWORD', value: 'hunter2' }] },
      ],
    }),
  );
  await expect(ecs.send(new DescribeServicesCommand({ cluster: 'none', services: ['a'] }))).rejects.toThrow();

  const [cluster] = await lookUp(trail, named('CreateCluster'), 1);
  expect(cluster).toMatchObject({ ReadOnly: 'false', Username: 'root', EventSource: 'ecs.amazonaws.com' });
  expect(cluster?.Resources).toEqual([
    { ResourceType: 'AWS::ECS::Cluster', ResourceName: `arn:aws:ecs:us-east-1:${account}:cluster/seen` },
  ]);
  expect(cluster?.json).toMatchObject({
    userIdentity: { type: 'Root', arn: `arn:aws:iam::${account}:root` },
    sourceIPAddress: '127.0.0.1',
    requestParameters: { clusterName: 'seen' },
    responseElements: { cluster: { clusterName: 'seen' } },
  });
  const [registered] = await lookUp(trail, named('RegisterTaskDefinition'), 1);
  expect(registered?.CloudTrailEvent).not.toContain('hunter2');
  const [failed] = await lookUp(trail, named('DescribeServices'), 1);
  expect(failed?.json).toMatchObject({ errorCode: 'ClusterNotFoundException', readOnly: true, responseElements: null });

  await vi.waitFor(async () => {
    const { events = [] } = await logs.send(
      new GetLogEventsCommand({ logGroupName: 'trail', logStreamName: `${account}_CloudTrail_us-east-1` }),
    );
    expect(events.map(({ message = '{}' }) => (JSON.parse(message) as { eventName: string }).eventName)).toContain(
      'CreateCluster',
    );
  });
  const status = await trail.send(new GetTrailStatusCommand({ Name: 'all' }));
  expect(status.IsLogging).toBe(true);
  expect(status.LatestDeliveryError).toMatch(/no Amazon S3/);
  expect(status.LatestCloudWatchLogsDeliveryTime).toBeInstanceOf(Date);

  await server.stop();
  server = await startTestServer(dataDirectory);
  onTestFinished(() => server.stop());
  await lookUp(clients(server.url).trail, named('CreateCluster'), 1);
});
