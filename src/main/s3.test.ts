import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import * as http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import aws4 from 'aws4';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer } from './contract/test-server.ts';
import type { RunningServer } from './server.ts';

// A directory as S3, through signed requests to a started server.

const scratch = mkdtempSync(join(tmpdir(), 'longshore-s3-'));
const objects = join(scratch, 'objects');
const servers: RunningServer[] = [];

async function start(dataDirectory: string, s3Directory?: string): Promise<RunningServer> {
  const more = s3Directory === undefined ? {} : { s3Directory };
  const server = await startTestServer(join(scratch, dataDirectory), more);
  servers.push(server);
  return server;
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
const root: Keys = { accessKeyId: 'test', secretAccessKey: 'test' };
let url = '';
const users = new Map<string, Keys>();

async function ask(path: string, keys: Keys = root, { method = 'GET', region = 'us-east-1', at = url } = {}) {
  const { host, port } = new URL(at);
  const { headers } = aws4.sign({ method, path, service: 's3', region, headers: { Host: host } }, { ...keys });
  const request = http.request({ host: '127.0.0.1', port, method, path, headers });
  const [answer] = (await once(request.end(), 'response')) as [http.IncomingMessage];
  return { status: answer.statusCode ?? 0, body: await text(answer), headers: answer.headers };
}

async function newUser(name: string, ...statements: readonly object[]): Promise<void> {
  const client = new IAMClient({ endpoint: url, region: 'us-east-1', credentials: root });
  await client.send(new CreateUserCommand({ UserName: name }));
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  await client.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument }));
  const { AccessKey } = await client.send(new CreateAccessKeyCommand({ UserName: name }));
  users.set(name, { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' });
}

beforeAll(async () => {
  mkdirSync(join(objects, 'config', 'prod env'), { recursive: true });
  mkdirSync(join(objects, 'other'));
  writeFileSync(join(objects, 'config', 'app.env'), 'A=1\n');
  writeFileSync(join(objects, 'config', 'prod env', "it's (1).env"), 'B=2\n');
  writeFileSync(join(objects, 'config', 'large.env'), Buffer.alloc(4 * 1024 * 1024 + 1));
  writeFileSync(join(objects, 'other', 'secret.env'), 'C=3\n');
  writeFileSync(join(scratch, 'outside.env'), 'D=4\n');
  symlinkSync('../other/secret.env', join(objects, 'config', 'leaves.env'));
  symlinkSync('app.env', join(objects, 'config', 'stays.env'));
  symlinkSync(scratch, join(objects, 'elsewhere'));
  url = (await start('data', objects)).url;
  const Effect = 'Allow';
  await newUser('reader', { Effect, Action: 's3:GetObject', Resource: 'arn:aws:s3:::config/*' });
  await newUser('lister', { Effect, Action: ['s3:GetObject', 's3:ListBucket'], Resource: '*' });
  await newUser('locator', { Effect, Action: 's3:GetBucketLocation', Resource: 'arn:aws:s3:::config' });
});
afterAll(async () => {
  for (const server of servers) await server.stop();
  rmSync(scratch, { recursive: true });
});

describe('a directory as S3', () => {
  test('[ENV-4] gives objects to whoever may have them, and heads without bodies', async () => {
    const got = await ask('/config/app.env', users.get('reader'));
    expect([got.status, got.body]).toEqual([200, 'A=1\n']);
    expect(got.headers.etag).toMatch(/^"[0-9a-f]{32}"$/);
    expect((await ask('/config/prod%20env/it%27s%20%281%29.env', users.get('reader'))).body).toBe('B=2\n');
    const head = await ask('/config/app.env', users.get('reader'), { method: 'HEAD' });
    expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', '4']);
  });

  test('[ENV-4] asks s3:GetObject and s3:GetBucketLocation of policies', async () => {
    const denied = await ask('/config/app.env', users.get('locator'));
    expect(denied.status).toBe(403);
    expect(denied.body).toContain(
      '<Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/locator is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::config/app.env because no identity-based policy allows the s3:GetObject action</Message>',
    );
    expect((await ask('/other/secret.env', users.get('reader'))).status).toBe(403);
    expect(await ask('/config?location', users.get('locator'), { region: 'eu-west-1' })).toMatchObject({
      status: 200,
      body: expect.stringContaining('>eu-west-1</LocationConstraint>') as string,
    });
    expect((await ask('/config?location', users.get('reader'))).body).toContain('s3:GetBucketLocation');
    expect((await ask('/config?location', users.get('locator'))).body).toMatch(/<LocationConstraint [^>]*\/>$/);
  });

  test('[ENV-4] says what is not there to whoever may list the bucket only', async () => {
    expect((await ask('/config/none.env', users.get('lister'))).body).toContain('<Code>NoSuchKey</Code>');
    const hidden = await ask('/config/none.env', users.get('reader'));
    expect([hidden.status, hidden.body]).toEqual([403, expect.stringContaining('s3:ListBucket') as string]);
    expect((await ask('/nowhere/a.env')).body).toContain('<Code>NoSuchBucket</Code>');
  });

  test('a signature that is wrong, or for another service, opens nothing', async () => {
    const wrong = await ask('/config/app.env', { accessKeyId: 'test', secretAccessKey: 'wrong' });
    expect([wrong.status, wrong.body]).toEqual([403, expect.stringContaining('SignatureDoesNotMatch') as string]);
    const stranger = await ask('/config/app.env', { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' });
    expect(stranger.body).toContain('<Code>InvalidAccessKeyId</Code>');
    expect((await fetch(`${url}/config/app.env`)).status).toBe(404);
  });

  test.each([
    '/config/leaves.env',
    '/config//app.env',
    '/config/prod%20env',
    '/config/app.env%00',
    '/elsewhere/none.env',
    '/Config/app.env',
  ])('[ENV-5] %s is not there', async (path) => {
    const { status, body } = await ask(path);
    expect([404, 501]).toContain(status);
    expect(body).toContain('<Error>');
  });

  test('[ENV-5] a link within its bucket is followed; a bucket may be a link', async () => {
    expect((await ask('/config/stays.env')).body).toBe('A=1\n');
    expect((await ask('/elsewhere/outside.env')).body).toBe('D=4\n');
  });

  test('[ENV-6] an object that is too large is refused, as are other operations', async () => {
    expect((await ask('/config/large.env')).body).toContain('<Code>EntityTooLarge</Code>');
    for (const method of ['PUT', 'DELETE', 'POST'])
      expect((await ask('/config/app.env', root, { method })).body).toContain('<Code>NotImplemented</Code>');
    expect((await ask('/config/app.env?acl')).status).toBe(501);
    expect((await ask('/')).status).toBe(501);
  });

  test('[ENV-7] without a directory every answer names the option, and a directory that is none is no start', async () => {
    const { url: at } = await start('without');
    const answer = await ask('/config?location', root, { at });
    expect([answer.status, answer.body]).toEqual([501, expect.stringContaining('--s3-directory DIR') as string]);
    await expect(start('wrong', join(scratch, 'outside.env'))).rejects.toThrow('which is no directory');
  });
});
