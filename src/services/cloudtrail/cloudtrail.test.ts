import { describe, expect, test } from 'vitest';
import { silentLog, toText } from '../../kernel/index.ts';
import { ApiError, type Caller, type RecordedCall, type RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/cloudtrail.ts';
import { MemoryStore, openDatabase } from '../../store/index.ts';
import { allows, questionsOf, SimClock, SimIds, written } from '../../testkit/index.ts';
import { EventWriter, type TrailEvent } from './event.ts';
import { userIdentity } from './identity.ts';
import { cloudTrailService, cloudTrailTables, type EventHistory, type HistoryEvent } from './index.ts';
import { lookupPageBytes, maxLookupBytes, maxQueuedEvents } from './limits.ts';

const account = '123456789012';
const region = 'us-east-1';
const root: Caller = { account, accessKeyId: 'AKIA', arn: `arn:aws:iam::${account}:root` };
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function call(
  operation: string,
  more: { service?: string; caller?: Caller; error?: ApiError; input?: object; ms?: number } = {},
) {
  const { service = 'ecs', caller = root, error, input = {}, ms = 1_700_000_000_500 } = more;
  const context = {
    caller,
    account: caller.account,
    region,
    requestId: 'r',
    sourceIp: '10.0.0.1',
    userAgent: 'aws-cli',
  };
  return {
    service: { name: service, signingName: service },
    operation,
    context: context as RequestContext,
    answeredMs: ms,
    answeredAt: () => new Date(ms).toISOString().replace(/\.\d+/, ''),
    error,
    requestParameters: (arns) => shown(input, arns),
    responseElements: (output: object, arns) => shown(output, arns),
  } satisfies RecordedCall;
}

function shown(value: object, arns: string[]): string {
  const json = JSON.stringify(value);
  arns.push(...(json.match(/(?<=")arn:[^"]*/g) ?? []));
  return json;
}

function eventOf(made: RecordedCall, output: object | undefined, eventID: string): TrailEvent {
  return JSON.parse(new EventWriter().write(made, output, eventID)) as TrailEvent;
}

/** Counts what is read of it. */
class MemoryHistory implements EventHistory {
  readonly events: HistoryEvent[] = [];
  readBytes = 0;

  async append(_scope: unknown, events: Parameters<EventHistory['append']>[1]): Promise<void> {
    this.events.push(...events.map(({ timeMs, json }) => ({ timeMs, json: toText(json) })));
  }

  async read(_scope: unknown, request: Parameters<EventHistory['read']>[1]) {
    const all = this.events
      .map((event, sequence) => ({ ...event, sequence }))
      .filter(({ timeMs }) => timeMs >= request.startMs && timeMs < request.endMs)
      .filter(({ sequence }) => request.before === undefined || sequence < request.before.sequence)
      .reverse();
    const page = [];
    let bytes = 0;
    for (const event of all) {
      if (page.length >= request.maxEvents || bytes >= request.maxBytes) break;
      page.push(event);
      bytes += event.json.length;
    }
    this.readBytes += bytes;
    return { events: page, more: page.length < all.length };
  }

  async expire(): Promise<void> {}
}

async function opened(groups: readonly string[] = []) {
  const clock = new SimClock(settle);
  const history = new MemoryHistory();
  const delivered: { stream: string; events: readonly HistoryEvent[] }[] = [];
  const warnings: object[] = [];
  const service = cloudTrailService({
    database: await openDatabase(new MemoryStore(), cloudTrailTables, { log: silentLog, freezeRows: true }),
    history,
    logs: {
      exists: (arn) => groups.includes(arn),
      deliver: async (_arn, stream, events) => void delivered.push({ stream, events }),
    },
    clock,
    ids: new SimIds(1),
    log: { ...silentLog, warn: (_message, fields = {}) => void warnings.push(fields) },
  });
  const ask = async <Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
    as: { region?: string } = {},
  ): Promise<Operations[Name]['output']> => {
    const handler = service.definition.handlers[name] as (input: unknown, context: RequestContext) => unknown;
    return (await handler(input, { account, region, ...as } as RequestContext)) as never;
  };
  const flush = () => clock.advance(200);
  return { clock, history, service, ask, flush, delivered, warnings, recorder: service.recorder };
}

async function code(answer: Promise<unknown>): Promise<string> {
  try {
    await answer;
    return 'ok';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.code;
  }
}

describe('events', () => {
  test('[CT-2] have CloudTrail’s fields', () => {
    const event = eventOf(call('CreateCluster', { input: { clusterName: 'a' } }), { cluster: { arn: 'x' } }, 'id');
    expect(event).toEqual({
      eventVersion: '1.11',
      userIdentity: { type: 'Root', principalId: account, arn: root.arn, accountId: account, accessKeyId: 'AKIA' },
      eventTime: '2023-11-14T22:13:20Z',
      eventSource: 'ecs.amazonaws.com',
      eventName: 'CreateCluster',
      awsRegion: region,
      sourceIPAddress: '10.0.0.1',
      userAgent: 'aws-cli',
      requestParameters: { clusterName: 'a' },
      responseElements: { cluster: { arn: 'x' } },
      requestID: 'r',
      eventID: 'id',
      readOnly: false,
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: account,
      eventCategory: 'Management',
    });
  });

  test('[CT-2] reads show no answer; refusals are AccessDenied; EC2’s errors say whose fault; IAM’s are of us-east-1', () => {
    expect(eventOf(call('DescribeTasks'), { tasks: [] }, 'i').responseElements).toBeNull();
    const denied = new ApiError('AccessDeniedException', 'no');
    expect(eventOf(call('RunTask', { error: denied }), undefined, 'i')).toMatchObject({
      errorCode: 'AccessDenied',
      errorMessage: 'no',
    });
    const ec2 = call('DeleteVpc', { service: 'ec2', error: new ApiError('UnauthorizedOperation', 'no') });
    expect(eventOf(ec2, undefined, 'i').errorCode).toBe('Client.UnauthorizedOperation');
    const iam = call('CreateRole', { service: 'iam' });
    expect(eventOf({ ...iam, context: { ...iam.context, region: 'eu-west-1' } }, {}, 'i').awsRegion).toBe('us-east-1');
  });

  test('[CT-2] what is larger than 100 KB is left out', () => {
    const event = eventOf(call('CreateCluster', { input: { name: 'x'.repeat(200_000) } }), {}, 'i');
    expect(event.requestParameters).toEqual({ omitted: true });
  });

  test.each([
    [`arn:aws:iam::${account}:user/team/alice`, { type: 'IAMUser', userName: 'alice' }],
    [
      `arn:aws:sts::${account}:assumed-role/web/session`,
      {
        type: 'AssumedRole',
        sessionContext: { sessionIssuer: { type: 'Role', userName: 'web', arn: `arn:aws:iam::${account}:role/web` } },
      },
    ],
    [`arn:aws:sts::${account}:federated-user/bob`, { type: 'FederatedUser' }],
  ])('[CT-2] %s', (arn, expected) => {
    expect(userIdentity({ ...root, arn })).toMatchObject(expected);
  });
});

test('[CT-2] a role’s session shows the ids of role and session', () => {
  const arn = `arn:aws:sts::${account}:assumed-role/web/s`;
  const roleArn = `arn:aws:iam::${account}:role/team/web`;
  const principal = { type: 'role-session' as const, account, arn, roleArn, roleId: 'AROA1', sessionName: 's' };
  expect(userIdentity({ account, accessKeyId: 'ASIA', arn, principal })).toMatchObject({
    type: 'AssumedRole',
    principalId: 'AROA1:s',
    sessionContext: { sessionIssuer: { principalId: 'AROA1', arn: roleArn, userName: 'web' } },
  });
});

describe('recording', () => {
  test('[CT-5] neither data events nor calls of Longshore’s own account are recorded', async () => {
    const { recorder, history, flush } = await opened();
    recorder.record(call('PutLogEvents', { service: 'logs' }), {});
    recorder.record(call('RunTask', { caller: { ...root, account: '000000000000' } }), {});
    recorder.record(call('GetSecretValue', { service: 'secretsmanager' }), {});
    await flush();
    expect(history.events.map(({ json }) => (JSON.parse(json) as { eventName: string }).eventName)).toEqual([
      'GetSecretValue',
    ]);
  });

  test('[CT-3] [CT-7] an event is written within 100 ms of its answer', async () => {
    const { recorder, history, clock } = await opened();
    recorder.record(call('RunTask'), {});
    expect(history.events.length).toBe(0);
    await clock.advance(100);
    expect(history.events.length).toBe(1);
  });

  test('a call whose event cannot be made harms nobody', async () => {
    const { recorder, history, flush } = await opened();
    const broken = { ...call('RunTask'), requestParameters: () => expect.fail('it cannot be shown') };
    recorder.record(broken, {});
    recorder.record(call('StopTask'), {});
    await flush();
    expect(history.events.length).toBe(1);
  });

  test('[CT-6] more than fits is dropped, reads first, and said in the log', async () => {
    const { recorder, history, flush, clock, warnings } = await opened();
    await clock.advance(60_000);
    for (let index = 0; index < maxQueuedEvents; index += 1) recorder.record(call('DescribeTasks'), {});
    for (let index = 0; index < 10; index += 1) recorder.record(call('RunTask'), {});
    for (let round = 0; round < 20 && warnings.length === 0; round += 1) await flush();
    await clock.advance(2_000);
    const names = history.events.map(({ json }) => (JSON.parse(json) as { eventName: string }).eventName);
    expect(names.filter((name) => name === 'DescribeTasks').length).toBe(maxQueuedEvents / 2);
    expect(names.filter((name) => name === 'RunTask').length).toBe(10);
    expect(warnings).toMatchObject([{ dropped: maxQueuedEvents / 2 }]);
  });
});

describe('LookupEvents', () => {
  async function filled() {
    const all = await opened();
    const base = all.clock.nowMs();
    all.recorder.record(call('RunTask', { ms: base + 1_000 }), {
      tasks: [{ taskArn: `arn:aws:ecs:us-east-1:${account}:task/default/t1` }],
    });
    all.recorder.record(call('DescribeTasks', { ms: base + 2_000 }), {});
    const alice = { account, accessKeyId: 'AKIAALICE', arn: `arn:aws:iam::${account}:user/alice` };
    all.recorder.record(call('CreateRole', { service: 'iam', caller: alice, ms: base + 3_400 }), {});
    await all.flush();
    return { ...all, base };
  }
  const names = (answer: Operations['LookupEvents']['output']) =>
    (answer.Events ?? []).map(({ EventName: name }) => name);

  test.each([
    ['EventName', 'RunTask', ['RunTask']],
    ['EventSource', 'ecs.amazonaws.com', ['DescribeTasks', 'RunTask']],
    ['ReadOnly', 'true', ['DescribeTasks']],
    ['Username', 'alice', ['CreateRole']],
    ['Username', 'root', ['DescribeTasks', 'RunTask']],
    ['AccessKeyId', 'AKIAALICE', ['CreateRole']],
    ['ResourceType', 'AWS::ECS::Task', ['RunTask']],
    ['ResourceName', 't1', ['RunTask']],
    ['ResourceName', `arn:aws:ecs:us-east-1:${account}:task/default/t1`, ['RunTask']],
    ['EventName', 'Nothing', []],
  ] as const)('[CT-8] by %s %s, newest first', async (AttributeKey, AttributeValue, expected) => {
    const { ask } = await filled();
    expect(names(await ask('LookupEvents', { LookupAttributes: [{ AttributeKey, AttributeValue }] }))).toEqual(
      expected,
    );
  });

  test('[CT-8] by id, and by time to the second', async () => {
    const { ask, base } = await filled();
    const [newest] = (await ask('LookupEvents', {})).Events ?? [];
    const byId = { LookupAttributes: [{ AttributeKey: 'EventId' as const, AttributeValue: newest?.EventId ?? '' }] };
    expect(names(await ask('LookupEvents', byId))).toEqual(['CreateRole']);
    const second = Math.floor((base + 3_400) / 1_000) * 1_000;
    expect(names(await ask('LookupEvents', { StartTime: second, EndTime: second }))).toEqual(['CreateRole']);
    expect(names(await ask('LookupEvents', { EndTime: second - 1_000 }))).toEqual(['DescribeTasks', 'RunTask']);
  });

  test('[CT-9] pages, each event once; a token is for its request only', async () => {
    const { ask } = await filled();
    const first = await ask('LookupEvents', { MaxResults: 2 });
    const second = await ask('LookupEvents', { MaxResults: 2, NextToken: first.NextToken });
    expect([...names(first), ...names(second)]).toEqual(['CreateRole', 'DescribeTasks', 'RunTask']);
    expect(second.NextToken).toBeUndefined();
    expect(await code(ask('LookupEvents', { NextToken: first.NextToken, StartTime: 1 }))).toBe(
      'InvalidNextTokenException',
    );
    expect(await code(ask('LookupEvents', { NextToken: 'x' }))).toBe('InvalidNextTokenException');
  });

  test('[CT-9] reads a bounded piece of history, and goes on from there', async () => {
    const { ask, history, clock } = await opened();
    const ms = clock.nowMs();
    const big = JSON.stringify(eventOf(call('DescribeTasks', { input: { a: 'x'.repeat(90_000) } }), undefined, 'i'));
    history.events.push({ timeMs: ms, json: JSON.stringify(eventOf(call('RunTask'), undefined, 'i')) });
    while (history.events.length * big.length < 2 * maxLookupBytes) history.events.push({ timeMs: ms, json: big });
    const wanted = { LookupAttributes: [{ AttributeKey: 'EventName' as const, AttributeValue: 'RunTask' }] };
    const first = await ask('LookupEvents', wanted);
    expect(first.Events).toEqual([]);
    expect(history.readBytes).toBeLessThan(maxLookupBytes + 2 * lookupPageBytes);
    const found = [];
    for (let token = first.NextToken, rounds = 0; token !== undefined && rounds < 5; rounds += 1) {
      const page = await ask('LookupEvents', { ...wanted, NextToken: token });
      found.push(...names(page));
      token = page.NextToken;
    }
    expect(found).toEqual(['RunTask']);
  });

  test.each([
    [
      {
        LookupAttributes: ['EventName', 'Username'].map((key) => ({
          AttributeKey: key as 'EventName',
          AttributeValue: 'a',
        })),
      },
      'InvalidLookupAttributesException',
    ],
    [{ MaxResults: 51 }, 'InvalidMaxResultsException'],
    [{ StartTime: 2, EndTime: 1 }, 'InvalidTimeRangeException'],
    [{ EventCategory: 'insight' as const }, 'UnsupportedOperationException'],
  ])('[CT-8] %j is %s', async (input, expected) => {
    const { ask } = await opened();
    expect(await code(ask('LookupEvents', input))).toBe(expected);
  });
});

describe('trails', () => {
  const group = `arn:aws:logs:us-east-1:${account}:log-group:trail:*`;
  const role = `arn:aws:iam::${account}:role/trail`;
  const made = { Name: 'all', S3BucketName: 'bucket' };

  test('[CT-10] are made, shown, changed, listed and deleted; only in their home region', async () => {
    const { ask } = await opened([group]);
    const { TrailARN: arn } = await ask('CreateTrail', made);
    expect(arn).toBe(`arn:aws:cloudtrail:us-east-1:${account}:trail/all`);
    expect(await code(ask('CreateTrail', made))).toBe('TrailAlreadyExistsException');
    await ask('UpdateTrail', {
      Name: 'all',
      IsMultiRegionTrail: true,
      CloudWatchLogsLogGroupArn: group,
      CloudWatchLogsRoleArn: role,
    });
    expect((await ask('GetTrail', { Name: arn ?? '' })).Trail).toMatchObject({
      IsMultiRegionTrail: true,
      HomeRegion: region,
      CloudWatchLogsLogGroupArn: group,
    });
    const elsewhere = { region: 'eu-west-1' };
    expect((await ask('DescribeTrails', {}, elsewhere)).trailList?.length).toBe(1);
    expect((await ask('DescribeTrails', { includeShadowTrails: false }, elsewhere)).trailList).toEqual([]);
    expect(await code(ask('UpdateTrail', { Name: arn ?? '' }, elsewhere))).toBe('InvalidHomeRegionException');
    expect((await ask('ListTrails', {}, elsewhere)).Trails).toEqual([
      { TrailARN: arn, Name: 'all', HomeRegion: region },
    ]);
    await ask('DeleteTrail', { Name: 'all' });
    expect(await code(ask('GetTrail', { Name: 'all' }))).toBe('TrailNotFoundException');
  });

  test.each([
    [{ Name: 'a' }, 'InvalidTrailNameException'],
    [{ Name: '10.0.0.1' }, 'InvalidTrailNameException'],
    [{ S3BucketName: 'A' }, 'InvalidS3BucketNameException'],
    [
      { CloudWatchLogsLogGroupArn: `${group}x`, CloudWatchLogsRoleArn: role },
      'InvalidCloudWatchLogsLogGroupArnException',
    ],
    [{ CloudWatchLogsLogGroupArn: group }, 'InvalidCloudWatchLogsRoleArnException'],
    [{ KmsKeyId: 'k' }, 'UnsupportedOperationException'],
    [{ EnableLogFileValidation: true }, 'UnsupportedOperationException'],
    [{ IsMultiRegionTrail: true, IncludeGlobalServiceEvents: false }, 'InvalidParameterCombinationException'],
  ])('[CT-10] %j is %s', async (more, expected) => {
    const { ask } = await opened([group]);
    expect(await code(ask('CreateTrail', { ...made, ...more }))).toBe(expected);
  });

  test('[CT-11] deliver while they log, what their selectors take, under AWS’s stream name', async () => {
    const { ask, recorder, flush, delivered } = await opened([group]);
    await ask('CreateTrail', { ...made, CloudWatchLogsLogGroupArn: group, CloudWatchLogsRoleArn: role });
    recorder.record(call('RunTask'), {});
    await flush();
    expect(delivered).toEqual([]);
    await ask('StartLogging', { Name: 'all' });
    await ask('PutEventSelectors', {
      TrailName: 'all',
      EventSelectors: [{ ReadWriteType: 'WriteOnly', IncludeManagementEvents: true }],
    });
    recorder.record(call('DescribeTasks'), {});
    recorder.record(call('StopTask'), {});
    await flush();
    expect(delivered.map(({ stream, events }) => [stream, events.length])).toEqual([
      [`${account}_CloudTrail_us-east-1`, 1],
    ]);
    const status = await ask('GetTrailStatus', { Name: 'all' });
    expect(status.LatestDeliveryError).toMatch(/no Amazon S3/);
    await ask('StopLogging', { Name: 'all' });
    recorder.record(call('StopTask'), {});
    await flush();
    expect(delivered.length).toBe(1);
  });

  test('[CT-12] have tags', async () => {
    const { ask } = await opened();
    const { TrailARN: arn = '' } = await ask('CreateTrail', { ...made, TagsList: [{ Key: 'a', Value: '1' }] });
    await ask('AddTags', { ResourceId: arn, TagsList: [{ Key: 'b', Value: '2' }] });
    await ask('RemoveTags', { ResourceId: arn, TagsList: [{ Key: 'a' }] });
    expect((await ask('ListTags', { ResourceIdList: [arn] })).ResourceTagList).toEqual([
      { ResourceId: arn, TagsList: [{ Key: 'b', Value: '2' }] },
    ]);
  });
});

describe('authorization', () => {
  test('[AUT-1] every operation of CloudTrail says what it asks, and no other', async () => {
    const { handlers, authorization } = (await opened()).service.definition;
    expect(Object.keys(authorization ?? {}).sort()).toEqual(Object.keys(handlers).sort());
  });

  test('[AUT-2] a trail is asked about by its ARN, a role with iam:PassRole', async () => {
    const { definition } = (await opened()).service;
    const asked = questionsOf(definition, 'CreateTrail', {
      Name: 'all',
      S3BucketName: 'b',
      CloudWatchLogsRoleArn: 'arn:aws:iam::1:role/r',
    });
    expect(asked.map((question) => written(question, []))).toEqual([
      `cloudtrail:CreateTrail arn:aws:cloudtrail:us-east-1:${account}:trail/all`,
      'iam:PassRole arn:aws:iam::1:role/r',
    ]);
    const policy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'cloudtrail:LookupEvents', Resource: '*' }],
    };
    expect(allows(policy, questionsOf(definition, 'LookupEvents', {}))).toBe(true);
    expect(allows(policy, questionsOf(definition, 'StopLogging', { Name: 'all' }))).toBe(false);
  });
});
