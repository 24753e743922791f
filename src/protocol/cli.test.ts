import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { account, secretAccessKey, sessionToken, startTestServer } from './contract/test-server.ts';
import { testServices } from './contract/test-services.ts';

// The unmodified aws CLI, once for each wire protocol, signatures verified.

const directory = mkdtempSync(join(tmpdir(), 'longshore-protocol-cli-'));
const metrics = join(directory, 'metrics.json');
const many = Array.from({ length: 400 }, (_, index) => ({ MetricName: `metric-${index}`, Value: index + 0.5 }));
writeFileSync(metrics, JSON.stringify(many));
afterAll(() => rmSync(directory, { recursive: true }));

const hasAws = spawnSync('aws', ['--version']).status === 0;

interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function aws(url: string, args: readonly string[], environment: Record<string, string> = {}): Promise<Ran> {
  const env = {
    PATH: process.env['PATH'],
    HOME: directory,
    AWS_ENDPOINT_URL: url,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIDTEST',
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_MAX_ATTEMPTS: '1',
    ...(process.env['PYENV_ROOT'] === undefined ? {} : { PYENV_ROOT: process.env['PYENV_ROOT'] }),
    ...environment,
  };
  return new Promise((resolve) => {
    execFile('aws', [...args], { env }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const withToken = { AWS_ACCESS_KEY_ID: 'ASIATEST', AWS_SESSION_TOKEN: sessionToken };

describe.skipIf(!hasAws)('the aws CLI (skipped where there is no aws command)', () => {
  test.concurrent.each<{ name: string; args: string[]; env?: Record<string, string>; want: object }>([
    {
      name: 'AWS JSON 1.1',
      args: ['ecs', 'create-cluster', '--cluster-name', 'web', '--tags', 'key=a,value=é'],
      want: { cluster: { clusterName: 'web', tags: [{ key: 'a', value: 'é' }] } },
    },
    {
      name: 'AWS JSON 1.1 with a session token',
      args: ['ecs', 'describe-tasks', '--tasks', 't1'],
      env: withToken,
      want: { tasks: [{ taskArn: 't1', createdAt: expect.anything() }] },
    },
    { name: 'query', args: ['sts', 'get-caller-identity'], want: { Account: account, UserId: 'AKIDTEST' } },
    {
      name: 'query with a session token',
      args: ['sts', 'get-caller-identity'],
      env: withToken,
      want: { UserId: 'ASIATEST' },
    },
    {
      name: 'EC2 query',
      args: ['ec2', 'describe-vpcs', '--filters', 'Name=cidr,Values=10.0.0.0/8,a b'],
      want: { Vpcs: [{ VpcId: 'vpc-1', CidrBlock: '10.0.0.0/8+a b', IsDefault: true }] },
    },
    {
      name: 'REST-JSON with labels',
      args: ['efs', 'list-tags-for-resource', '--resource-id', 'arn:aws:efs:us-east-1:1:file-system/fs-1'],
      want: { Tags: [{ Key: 'resource', Value: 'arn:aws:efs:us-east-1:1:file-system/fs-1' }] },
    },
    {
      name: 'REST-JSON with a query string',
      args: ['efs', 'describe-file-systems', '--no-paginate', '--max-items', '7', '--file-system-id', 'fs-1'],
      want: { FileSystems: [] },
    },
    {
      name: 'CloudWatch',
      args: [
        'cloudwatch',
        'get-metric-data',
        '--metric-data-queries',
        '[]',
        '--start-time',
        '2026-01-01T00:00:00Z',
        '--end-time',
        '2026-01-01T01:00:00Z',
      ],
      want: { MetricDataResults: [{ Values: [1, 2.5] }] },
    },
  ])('speaks $name', async ({ args, env, want }) => {
    const { url } = await startTestServer(testServices);
    const ran = await aws(url, args, env);
    expect({ stderr: ran.stderr, status: ran.status }).toEqual({ stderr: '', status: 0 });
    expect(JSON.parse(ran.stdout)).toMatchObject(want);
  });

  test.concurrent.each<{ name: string; args: string[] }>([
    { name: 'no answer', args: ['logs', 'create-log-group', '--log-group-name', '/a/b'] },
    {
      name: 'a compressed body',
      args: ['cloudwatch', 'put-metric-data', '--namespace', 'n', '--metric-data', `file://${metrics}`],
    },
  ])('succeeds with $name', async ({ args }) => {
    const { url } = await startTestServer(testServices);
    expect(await aws(url, args)).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test.concurrent.each<{ name: string; args: string[]; env?: Record<string, string>; want: RegExp }>([
    {
      name: 'JSON',
      args: ['ecs', 'create-cluster', '--cluster-name', 'taken'],
      want: /\(ClientException\) when calling the CreateCluster operation: Cluster name is taken/,
    },
    {
      name: 'EC2',
      args: ['ec2', 'delete-vpc', '--vpc-id', 'vpc-9'],
      want: /\(InvalidVpcID.NotFound\) when calling the DeleteVpc operation: The vpc ID 'vpc-9' does not exist/,
    },
    {
      name: 'REST',
      args: ['efs', 'delete-file-system', '--file-system-id', 'fs-9'],
      want: /\(FileSystemNotFound\) when calling the DeleteFileSystem operation: File system 'fs-9' does not exist\./,
    },
    {
      name: 'CloudWatch, which clients know by its query code',
      args: ['cloudwatch', 'get-dashboard', '--dashboard-name', 'd'],
      want: /\(ResourceNotFound\) when calling the GetDashboard operation: Dashboard d does not exist/,
    },
    {
      name: 'what Longshore has not',
      args: ['ecs', 'list-services'],
      want: /\(NotImplemented\) when calling the ListServices operation: ListServices is not implemented by Longshore/,
    },
    {
      name: 'a service Longshore has not',
      args: ['autoscaling', 'describe-auto-scaling-groups'],
      want: /\(NotImplemented\).*DescribeAutoScalingGroups is not implemented by Longshore/,
    },
    {
      name: 'a wrong secret',
      args: ['sts', 'get-caller-identity'],
      env: { AWS_SECRET_ACCESS_KEY: 'wrong' },
      want: /\(SignatureDoesNotMatch\).*The request signature we calculated does not match/,
    },
    {
      name: 'an expired token',
      args: ['ecs', 'list-clusters'],
      env: { AWS_ACCESS_KEY_ID: 'ASIAOLD', AWS_SESSION_TOKEN: 'x' },
      want: /\(ExpiredTokenException\).*The security token included in the request is expired/,
    },
  ])('shows errors of $name', async ({ args, env, want }) => {
    const { url } = await startTestServer(testServices);
    const ran = await aws(url, args, env);
    expect(ran.status).toBeGreaterThan(0);
    expect(ran.stderr).toMatch(want);
  });
});
