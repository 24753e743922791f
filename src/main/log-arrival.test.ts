import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import * as http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { IAM } from '@aws-sdk/client-iam';
import aws4 from 'aws4';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logEventFingerprint } from '../agent/index.ts';
import { startTestServer } from './contract/test-server.ts';
import type { RunningServer } from './server.ts';

// An agent's question after it was killed, with no more rights than the managed policy of execution roles.

const directory = mkdtempSync(join(tmpdir(), 'longshore-arrival-'));
const managed = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy';
let server: RunningServer;
let writer: Keys;
let stranger: Keys;
const timestamp = Date.now();

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
const options = (credentials: Keys) => ({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
const root: Keys = { accessKeyId: 'test', secretAccessKey: 'test' };

async function newUser(UserName: string, PolicyArn?: string): Promise<Keys> {
  const iam = new IAM(options(root));
  await iam.createUser({ UserName });
  if (PolicyArn !== undefined) await iam.attachUserPolicy({ UserName, PolicyArn });
  const { AccessKey } = await iam.createAccessKey({ UserName });
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

async function ask(message: string, keys = writer, more: Record<string, string> = {}): Promise<[number, unknown]> {
  const query = new URLSearchParams({
    logGroupName: '/ecs/app',
    logStreamName: 'ecs/app/1',
    timestamp: String(timestamp),
    fingerprint: logEventFingerprint(message),
    ...more,
  });
  const { host, port } = new URL(server.url);
  const path = `/longshore/log-events/arrived?${query.toString()}`;
  const request = { method: 'GET', path, service: 'logs', region: 'us-east-1', headers: { Host: host } };
  const { headers = {} } = aws4.sign(request, { ...keys });
  const [answer] = (await once(http.request({ host: '127.0.0.1', port, path, headers }).end(), 'response')) as [
    http.IncomingMessage,
  ];
  return [answer.statusCode ?? 0, await json(answer)];
}

beforeAll(async () => {
  server = await startTestServer(directory);
  writer = await newUser('writer', managed);
  stranger = await newUser('stranger');
  await new CloudWatchLogs(options(root)).createLogGroup({ logGroupName: '/ecs/app' });
  const logs = new CloudWatchLogs(options(writer));
  const names = { logGroupName: '/ecs/app', logStreamName: 'ecs/app/1' };
  await logs.createLogStream(names);
  await logs.putLogEvents({ ...names, logEvents: ['one', 'two'].map((message) => ({ message, timestamp })) });
  await expect(logs.getLogEvents(names)).rejects.toThrow('not authorized to perform: logs:GetLogEvents');
});
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

describe('whether a log event arrived', () => {
  test('[AG-50] is told to who may put events', async () => {
    expect(await ask('two')).toEqual([200, { arrived: true }]);
    expect(await ask('three')).toEqual([200, { arrived: false }]);
    expect(await ask('two', writer, { timestamp: String(timestamp + 1) })).toEqual([200, { arrived: false }]);
  });

  test('[AG-50] and to nobody else', async () => {
    const refused = {
      __type: 'AccessDeniedException',
      message: expect.stringContaining('logs:PutLogEvents') as string,
    };
    expect(await ask('two', stranger)).toEqual([403, refused]);
    expect(await ask('two', { ...writer, secretAccessKey: 'wrong' })).toEqual([403, expect.anything()]);
  });

  test('a stream that is not there, and what is no question, are errors', async () => {
    expect(await ask('two', writer, { logStreamName: 'none' })).toEqual([
      400,
      { __type: 'ResourceNotFoundException', message: 'The specified log stream does not exist.' },
    ]);
    expect((await ask('two', writer, { timestamp: 'now' }))[0]).toBe(400);
  });
});
