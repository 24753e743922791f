import { ApiError, describeViolations, implement } from '../api/index.ts';
import type { ServiceDefinition } from '../api/index.ts';
import type { Operations as CloudWatch } from '../generated/cloudwatch.ts';
import type { Operations as Ec2 } from '../generated/ec2.ts';
import type { Operations as Ecs } from '../generated/ecs.ts';
import type { Operations as Efs } from '../generated/efs.ts';
import type { Operations as Logs } from '../generated/logs.ts';
import type { Operations as Sts } from '../generated/sts.ts';

// A few operations of one service for each wire protocol, for tests against a real server.

/** AWS JSON 1.1. */
export const testEcs: ServiceDefinition = implement<Ecs>({
  name: 'ecs',
  handlers: {
    CreateCluster: ({ clusterName = 'default', tags }, { account, region }) => {
      if (clusterName === 'bug') throw new TypeError('a bug');
      if (clusterName === 'taken') throw new ApiError('ClientException', 'Cluster name is taken');
      const clusterArn = `arn:aws:ecs:${region}:${account}:cluster/${clusterName}`;
      return { cluster: { clusterName, clusterArn, status: 'ACTIVE', tags } };
    },
    DescribeTasks: ({ tasks }) => ({
      tasks: tasks.map((taskArn) => ({ taskArn, createdAt: 1_700_000_000_123, lastStatus: 'RUNNING' })),
      failures: [],
    }),
    RunTask: () => new Promise((resolve) => setTimeout(() => resolve({ tasks: [] }), 200)),
  },
  limits: { clusterName: [1, 255, '[a-zA-Z0-9_-]+'] },
  invalid: (violations) => new ApiError('InvalidParameterException', describeViolations(violations)),
});

/** Query. */
export const testSts: ServiceDefinition = implement<Sts>({
  name: 'sts',
  handlers: {
    GetCallerIdentity: (_input, { caller }) => ({
      Account: caller.account,
      Arn: caller.arn,
      UserId: caller.accessKeyId,
    }),
  },
  invalid: (violations) => new ApiError('ValidationError', describeViolations(violations)),
});

/** EC2 query. */
export const testEc2: ServiceDefinition = implement<Ec2>({
  name: 'ec2',
  handlers: {
    DescribeVpcs: ({ Filters }) => ({
      Vpcs: [{ VpcId: 'vpc-1', CidrBlock: Filters?.[0]?.Values?.join('+') ?? 'none', IsDefault: true }],
    }),
    DeleteVpc: ({ VpcId }) => {
      throw new ApiError('InvalidVpcID.NotFound', `The vpc ID '${VpcId}' does not exist`);
    },
  },
  invalid: (violations) =>
    new ApiError('MissingParameter', `The request must contain the parameter ${violations[0]?.path}`),
});

/** REST-JSON. */
export const testEfs: ServiceDefinition = implement<Efs>({
  name: 'efs',
  handlers: {
    CreateAccessPoint: ({ ClientToken, FileSystemId, Tags }) => ({ ClientToken, FileSystemId, Tags }),
    DescribeFileSystems: ({ MaxItems, FileSystemId }) => ({ Marker: `${MaxItems} ${FileSystemId}`, FileSystems: [] }),
    ListTagsForResource: ({ ResourceId }) => ({ Tags: [{ Key: 'resource', Value: ResourceId }] }),
    DeleteFileSystem: ({ FileSystemId }) => {
      const members = { ErrorCode: 'FileSystemNotFound' };
      throw new ApiError('FileSystemNotFound', `File system '${FileSystemId}' does not exist.`, { members });
    },
  },
  invalid: (violations) =>
    new ApiError('BadRequest', describeViolations(violations), { members: { ErrorCode: 'BadRequest' } }),
});

/** JSON 1.0 with query compatibility, query and CBOR. */
export const testCloudWatch: ServiceDefinition = implement<CloudWatch>({
  name: 'cloudwatch',
  handlers: {
    PutMetricData: () => ({}),
    GetMetricData: ({ StartTime }) => ({
      MetricDataResults: [{ Id: 'm1', Timestamps: [StartTime], Values: [1, 2.5], StatusCode: 'Complete' }],
    }),
    GetDashboard: ({ DashboardName }) => {
      throw new ApiError('DashboardNotFoundError', `Dashboard ${DashboardName} does not exist`);
    },
  },
  invalid: (violations) => new ApiError('ValidationError', describeViolations(violations)),
});

/** JSON 1.1 with an event stream. */
export const testLogs: ServiceDefinition = implement<Logs>({
  name: 'logs',
  handlers: {
    CreateLogGroup: () => ({}),
    StartLiveTail: ({ logGroupIdentifiers }) => ({ responseStream: liveTail(logGroupIdentifiers) }),
  },
  limits: { logGroupName: [1, 512, '[\\.\\-_/#A-Za-z0-9]+'] },
  invalid: (violations) => new ApiError('InvalidParameterException', describeViolations(violations)),
});

type LiveTail = NonNullable<Logs['StartLiveTail']['output']['responseStream']>;

async function* liveTail(
  groups: readonly string[],
): AsyncGenerator<LiveTail extends AsyncIterable<infer E> ? E : never> {
  yield { sessionStart: { logGroupIdentifiers: groups, sessionId: 's-1' } };
  for (const message of ['one', 'two & <three>']) {
    yield { sessionUpdate: { sessionMetadata: { sampled: false }, sessionResults: [{ message, timestamp: 1 }] } };
  }
  if (groups.includes('fails')) throw new ApiError('SessionStreamingException', 'the stream broke');
}

export const testServices = [testEcs, testSts, testEc2, testEfs, testCloudWatch, testLogs];
