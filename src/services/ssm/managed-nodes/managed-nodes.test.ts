import { describe, expect, test } from 'vitest';
import type { RawAnswer, RawRequest } from '../../../protocol/api/index.ts';
import { openParameters, outcome } from '../contract/opened.ts';

type Opened = Awaited<ReturnType<typeof openParameters>>;

const role = 'service-role/machines';
const dayMs = 24 * 60 * 60_000;
const facts = { agentVersion: '1', computerName: 'edge', platformName: 'Debian', platformVersion: '12' };
const secret = 's'.repeat(64);

/** What a machine gets for a request: status and the answer. */
async function post(opened: Opened, path: string, body: object | string): Promise<{ status: number; body: any }> {
  const route = opened.service.definition.rawRoutes?.[0];
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const request = {
    method: 'POST',
    path: `/longshore/managed-instances${path}`,
    sourceIp: '10.0.0.7',
    body: (async function* () {
      yield new TextEncoder().encode(text);
    })(),
  } as unknown as RawRequest;
  const answer: RawAnswer | undefined = await route?.handle(request);
  return { status: answer?.status ?? 0, body: JSON.parse(String(answer?.body)) };
}

async function activated(more: object = {}) {
  const opened = await openParameters();
  const made = await opened.call('CreateActivation', { IamRole: role, ...more });
  const activation = { activationId: made.ActivationId ?? '', activationCode: made.ActivationCode ?? '' };
  const register = (given: object = {}) => post(opened, '', { ...activation, secret, ...facts, ...given });
  const described = async () => (await opened.call('DescribeActivations', {})).ActivationList ?? [];
  const nodes = async (input = {}) =>
    (await opened.call('DescribeInstanceInformation', input)).InstanceInformationList ?? [];
  return { ...opened, activation, register, described, nodes };
}

describe('activations', () => {
  test('[MN-1] are made for one machine and a day unless told otherwise; the code is told once, and kept as a digest', async () => {
    const { activation, described, clock, db } = await activated({ Description: 'shop', DefaultInstanceName: 'till' });
    expect(activation.activationId).toMatch(/^[0-9a-f-]{36}$/);
    expect(activation.activationCode).toMatch(/^[0-9a-f]{20}$/);
    expect(await described()).toEqual([
      {
        ActivationId: activation.activationId,
        Description: 'shop',
        DefaultInstanceName: 'till',
        IamRole: role,
        RegistrationLimit: 1,
        RegistrationsCount: 0,
        ExpirationDate: clock.nowMs() + dayMs,
        Expired: false,
        CreatedDate: clock.nowMs(),
        Tags: [],
      },
    ]);
    const { activations } = await import('../records/activation.ts');
    const [key = ''] = db.table(activations).keys('id', activation.activationId);
    expect(db.get(activations, key)?.row.codeDigest).toBe(`digest of ${activation.activationCode}`);
  });

  test.each([
    {
      name: 'a role that is not there',
      input: { IamRole: 'nobody' },
      want: 'Nonexistent role or missing ssm service principal in trust policy: arn:aws:iam::123456789012:role/nobody',
    },
    {
      name: 'a time that is past',
      input: { IamRole: role, ExpirationDate: 1 },
      want: 'ExpirationDate must be in the future.',
    },
    {
      name: 'a time in 31 days',
      input: { IamRole: role, ExpirationDate: Number.MAX_SAFE_INTEGER },
      want: 'at most 30 days',
    },
    {
      name: 'metadata',
      input: { IamRole: role, RegistrationMetadata: [{ Key: 'a', Value: 'b' }] },
      want: 'RegistrationMetadata is not implemented by Longshore',
    },
  ])('[MN-2] refused: $name', async ({ input, want }) => {
    const { call } = await openParameters();
    expect(await outcome(call('CreateActivation', input))).toContain(want);
  });

  test('[MN-3] a machine registers, gets its role’s credentials, and is shown', async () => {
    const { register, described, nodes, clock } = await activated({
      DefaultInstanceName: 'till',
      Tags: [{ Key: 'site', Value: 'north' }],
    });
    const { status, body } = await register();
    expect(status).toBe(200);
    expect(body).toEqual({
      instanceId: expect.stringMatching(/^mi-[0-9a-f]{17}$/),
      region: 'us-east-1',
      accessKeyId: `ASIA of ${body.instanceId}`,
      secretAccessKey: 'secret',
      sessionToken: 'token',
      expirationMs: clock.nowMs() + 3_600_000,
    });
    expect((await described())[0]?.RegistrationsCount).toBe(1);
    expect(await nodes()).toMatchObject([
      {
        InstanceId: body.instanceId,
        PingStatus: 'Online',
        Name: 'till',
        IamRole: role,
        IPAddress: '10.0.0.7',
        ComputerName: 'edge',
        ResourceType: 'ManagedInstance',
      },
    ]);
    expect(await nodes({ Filters: [{ Key: 'tag:site', Values: ['north'] }] })).toHaveLength(1);
    expect(await nodes({ Filters: [{ Key: 'tag:site', Values: ['south'] }] })).toEqual([]);
    expect(await nodes({ InstanceInformationFilterList: [{ key: 'InstanceIds', valueSet: ['mi-0'] }] })).toEqual([]);
  });

  test('[MN-3] a filter that there is not is refused, also where no machine is', async () => {
    const { nodes } = await activated();
    expect(await outcome(nodes({ Filters: [{ Key: 'Colour', Values: ['red'] }] }))).toContain(
      "InvalidFilterKey: The filter key 'Colour' is none of InstanceIds, ",
    );
  });

  test('[MN-4] a registration whose answer was lost is found again by the machine’s secret, and counts once', async () => {
    const { register, described } = await activated();
    const first = await register();
    expect((await register()).body.instanceId).toBe(first.body.instanceId);
    expect((await described())[0]?.RegistrationsCount).toBe(1);
  });

  test('[MN-5] refused: a wrong code, an unknown activation, one that has expired, is used up or was deleted', async () => {
    const { register, call, clock, activation } = await activated({ RegistrationLimit: 2 });
    const code = async (given: object = {}) => (await register(given)).body.__type;
    expect(await code({ activationCode: 'x' })).toBe('InvalidActivation');
    expect(await code({ activationId: 'x' })).toBe('InvalidActivation');
    expect(await code()).toBeUndefined();
    expect(await code({ secret: 'a'.repeat(64) })).toBeUndefined();
    expect(await code({ secret: 'b'.repeat(64) })).toBe('ActivationLimitExceeded');
    await clock.advance(dayMs);
    expect(await code({ secret: 'b'.repeat(64) })).toBe('ActivationExpired');
    await call('DeleteActivation', { ActivationId: activation.activationId });
    expect(await code()).toBe('InvalidActivation');
    expect(await outcome(call('DeleteActivation', { ActivationId: activation.activationId }))).toContain(
      'InvalidActivationId',
    );
  });

  test('[MN-6] credentials are renewed by the secret only, which shows that the machine lives; not any more once it was deregistered', async () => {
    const opened = await activated();
    const { body } = await opened.register();
    const renew = (given: object) => post(opened, `/${body.instanceId}/credentials`, { secret, ...facts, ...given });
    await opened.clock.advance(12 * 60_000);
    expect((await opened.nodes())[0]?.PingStatus).toBe('ConnectionLost');
    expect((await renew({ secret: 'x'.repeat(64) })).body.__type).toBe('InvalidInstanceId');
    expect((await opened.nodes())[0]?.PingStatus).toBe('ConnectionLost');
    expect(await renew({ agentVersion: '2' })).toMatchObject({ status: 200, body: { instanceId: body.instanceId } });
    expect((await opened.nodes())[0]).toMatchObject({ PingStatus: 'Online', AgentVersion: '2' });
    await opened.call('DeregisterManagedInstance', { InstanceId: body.instanceId });
    expect((await renew({})).body.__type).toBe('InvalidInstanceId');
    expect(await outcome(opened.call('DeregisterManagedInstance', { InstanceId: body.instanceId }))).toContain(
      'InvalidInstanceId',
    );
  });

  test.each([
    { name: 'no JSON', body: '{', want: 'no JSON object' },
    { name: 'a list', body: '[]', want: 'activationId must be' },
    { name: 'a short secret', body: JSON.stringify({ secret: 'x' }), want: 'at least 32 characters' },
    {
      name: 'a number for a text',
      body: JSON.stringify({ secret, agentVersion: 1 }),
      want: 'agentVersion must be a text',
    },
    { name: 'too much', body: 'x'.repeat(20_000), want: 'larger than 16384 bytes' },
  ])('[MN-7] a request is refused with $name', async ({ body, want }) => {
    const opened = await openParameters();
    const answer = await post(opened, '', body);
    expect(answer.status).toBe(400);
    expect(answer.body.message).toContain(want === 'activationId must be' ? 'secret must be' : want);
    expect((await post(opened, '/mi-x/credentials', {})).status).toBe(400);
  });
});
