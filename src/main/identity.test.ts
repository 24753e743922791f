import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  IAMClient,
  ListRolesCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
  waitUntilRoleExists,
} from '@aws-sdk/client-iam';
import { CreateClusterCommand, ECSClient } from '@aws-sdk/client-ecs';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer } from './contract/test-server.ts';
import type { RunningServer } from './server.ts';

// IAM, STS and the authorizer in a started server, through the unmodified SDK and aws CLI.

const directory = mkdtempSync(join(tmpdir(), 'longshore-identity-'));
let server: RunningServer;
const start = (): Promise<RunningServer> => startTestServer(directory);
beforeAll(async () => {
  server = await start();
});
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}
const root: Keys = { accessKeyId: 'test', secretAccessKey: 'test' };
const options = (credentials: Keys) => ({ endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 });
const iam = (keys: Keys = root): IAMClient => new IAMClient(options(keys));
const policy = (Action: string | string[], more: object = {}): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource: '*', ...more } });
const named = (name: string) => expect.objectContaining({ name }) as object;

async function newUser(UserName: string, document: string): Promise<Keys> {
  await iam().send(new CreateUserCommand({ UserName }));
  await iam().send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: document }));
  const { AccessKey } = await iam().send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

describe('a started server', () => {
  test('[IAM-12] has the role that walks name, and ECS’s own once there is a cluster', async () => {
    const { Role } = await iam().send(new GetRoleCommand({ RoleName: 'ecsTaskExecutionRole' }));
    expect(Role?.Arn).toBe('arn:aws:iam::123456789012:role/ecsTaskExecutionRole');
    await new ECSClient(options(root)).send(new CreateClusterCommand({ clusterName: 'web' }));
    await waitUntilRoleExists({ client: iam(), maxWaitTime: 5, minDelay: 1 }, { RoleName: 'AWSServiceRoleForECS' });
  });

  test('[AUTH-4] a user, and a session of a role, may what their policies say', async () => {
    const alice = await newUser('alice', policy(['iam:GetRole', 'sts:AssumeRole']));
    expect(await iam(alice).send(new GetRoleCommand({ RoleName: 'ecsTaskExecutionRole' }))).toBeDefined();
    await expect(iam(alice).send(new ListRolesCommand())).rejects.toThrow(
      'User: arn:aws:iam::123456789012:user/alice is not authorized to perform: iam:ListRoles on resource: arn:aws:iam::123456789012:role/ because no identity-based policy allows the iam:ListRoles action',
    );
    const RoleArn =
      (
        await iam().send(
          new CreateRoleCommand({
            RoleName: 'reader',
            AssumeRolePolicyDocument: JSON.stringify({
              Version: '2012-10-17',
              Statement: {
                Effect: 'Allow',
                Principal: { AWS: 'arn:aws:iam::123456789012:user/alice' },
                Action: 'sts:AssumeRole',
              },
            }),
          }),
        )
      ).Role?.Arn ?? '';
    const assume = (keys: Keys) =>
      new STSClient(options(keys)).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 's1' }));
    await expect(assume(await newUser('eve', policy('sts:*')))).rejects.toThrow(
      'is not authorized to perform: sts:AssumeRole',
    );
    await expect(assume(root)).rejects.toThrow('Roles may not be assumed by root accounts.');
    const { Credentials } = await assume(alice);
    const session: Keys = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    };
    const who = () => new STSClient(options(session)).send(new GetCallerIdentityCommand());
    expect((await who()).Arn).toBe('arn:aws:sts::123456789012:assumed-role/reader/s1');
    await expect(iam(session).send(new ListRolesCommand())).rejects.toEqual(named('AccessDenied'));
    const PolicyArn = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess';
    await iam().send(new AttachRolePolicyCommand({ RoleName: 'reader', PolicyArn }));
    expect((await iam(session).send(new ListRolesCommand())).Roles?.length).toBeGreaterThan(1);
    await iam().send(new DetachRolePolicyCommand({ RoleName: 'reader', PolicyArn }));
    await iam().send(new DeleteRoleCommand({ RoleName: 'reader' }));
    await expect(who()).rejects.toEqual(named('InvalidClientTokenId'));
    await iam().send(
      new UpdateAccessKeyCommand({ UserName: 'alice', AccessKeyId: alice.accessKeyId, Status: 'Inactive' }),
    );
    await expect(iam(alice).send(new GetRoleCommand({ RoleName: 'x' }))).rejects.toEqual(named('InvalidClientTokenId'));
  });

  test('[IAM-12] a deleted role stays deleted, and keys work, after a restart', async () => {
    const RoleName = 'ecsTaskExecutionRole';
    const PolicyArn = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy';
    const carol = await newUser('carol', policy('iam:GetRole'));
    await iam().send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    await iam().send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'CreateLogGroups' }));
    await iam().send(new DeleteRoleCommand({ RoleName }));
    await server.stop();
    server = await start();
    await expect(iam(carol).send(new GetRoleCommand({ RoleName }))).rejects.toEqual(named('NoSuchEntityException'));
  });
});

describe.skipIf(spawnSync('aws', ['--version']).status !== 0)(
  'the aws CLI (skipped where there is no aws command)',
  () => {
    test('[IAM-8] shows documents as JSON, and waits for a role', async () => {
      const aws = (...args: string[]): Promise<{ failed: boolean; text: string }> =>
        new Promise((resolve) => {
          const env = {
            ...process.env,
            AWS_ENDPOINT_URL: server.url,
            AWS_DEFAULT_REGION: 'us-east-1',
            AWS_ACCESS_KEY_ID: 'test',
            AWS_SECRET_ACCESS_KEY: 'test',
          };
          execFile('aws', ['--endpoint-url', server.url, ...args], { env }, (error, stdout, stderr) =>
            resolve({ failed: error !== null, text: error === null ? stdout : stderr }),
          );
        });
      const trust =
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}}';
      const made = await aws('iam', 'create-role', '--role-name', 'cli', '--assume-role-policy-document', trust);
      expect(JSON.parse(made.text)).toMatchObject({
        Role: { RoleName: 'cli', AssumeRolePolicyDocument: { Statement: { Action: 'sts:AssumeRole' } } },
      });
      expect(await aws('iam', 'wait', 'role-exists', '--role-name', 'cli')).toEqual({ failed: false, text: '' });
    }, 30_000);
  },
);
