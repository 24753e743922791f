import { ECSClient, CreateClusterCommand, ListServicesCommand, type ECSClientConfig } from '@aws-sdk/client-ecs';
import { ServerResponse } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Authorizer, RecordedCall } from '../api/index.ts';
import { secretAccessKey, sendPlain, startTestServer } from '../contract/test-server.ts';
import { testServices } from '../contract/test-services.ts';

async function recorded(
  options: { readonly authorizer?: Authorizer; readonly secret?: string; onCall?: () => void } = {},
) {
  const calls: { readonly call: RecordedCall; readonly output: object | undefined }[] = [];
  const { port, url } = await startTestServer(testServices, {
    recorder: {
      record(call, output) {
        calls.push({ call, output });
        options.onCall?.();
      },
    },
    ...(options.authorizer === undefined ? {} : { authorizer: options.authorizer }),
  });
  const config: ECSClientConfig = {
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: options.secret ?? secretAccessKey },
    maxAttempts: 1,
  };
  return { calls, port, ecs: new ECSClient(config) };
}

test('[CT-1] an answered call is recorded with its input and output', async () => {
  const { calls, ecs } = await recorded();
  await ecs.send(new CreateClusterCommand({ clusterName: 'a' }));
  expect(calls.length).toBe(1);
  const [{ call, output } = expect.unreachable()] = calls;
  expect(call).toMatchObject({
    operation: 'CreateCluster',
    service: { name: 'ecs', signingName: 'ecs' },
    error: undefined,
  });
  const arns: string[] = [];
  expect(JSON.parse(call.requestParameters(arns) ?? '')).toEqual({ clusterName: 'a' });
  expect(JSON.parse(call.responseElements(output ?? {}, arns))).toMatchObject({ cluster: { clusterName: 'a' } });
});

test.each([
  ['an error of the handler', new CreateClusterCommand({ clusterName: 'taken' }), 'ClientException'],
  ['a bug', new CreateClusterCommand({ clusterName: 'bug' }), 'ServerException'],
  ['invalid input', new CreateClusterCommand({ clusterName: '!' }), 'InvalidParameterException'],
  ['what Longshore does not implement', new ListServicesCommand({}), 'NotImplemented'],
] as const)('[CT-1] %s is recorded', async (_what, command, code) => {
  const { calls, ecs } = await recorded();
  await expect(ecs.send(command as CreateClusterCommand)).rejects.toThrow();
  expect(calls.map(({ call, output }) => [call.error?.code, output])).toEqual([[code, undefined]]);
});

test('[CT-6] a call is recorded after its answer was sent, also one that failed', async () => {
  const order: string[] = [];
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const end = ServerResponse.prototype.end as (this: ServerResponse, ...parts: unknown[]) => ServerResponse;
  const spy = vi.spyOn(ServerResponse.prototype, 'end').mockImplementation(function (this: ServerResponse, ...parts) {
    order.push('sent');
    return end.apply(this, parts);
  });
  onTestFinished(() => spy.mockRestore());
  const { ecs } = await recorded({ onCall: () => order.push('recorded') });
  await ecs.send(new CreateClusterCommand({ clusterName: 'a' }));
  await expect(ecs.send(new CreateClusterCommand({ clusterName: 'taken' }))).rejects.toThrow();
  expect(order).toEqual(['sent', 'recorded', 'sent', 'recorded']);
});

test('[CT-1] a refusal is recorded, with what was asked', async () => {
  const authorizer = { mayEverything: () => false, refusal: () => 'no' };
  const { calls, ecs } = await recorded({ authorizer });
  await expect(ecs.send(new CreateClusterCommand({ clusterName: 'a' }))).rejects.toThrow();
  expect(calls[0]?.call.error?.code).toBe('AccessDeniedException');
  expect(calls[0]?.call.requestParameters([])).toBe('{"clusterName":"a"}');
});

test('[CT-1] neither a wrong signature nor what names no operation is recorded', async () => {
  const { calls, port, ecs } = await recorded({ secret: 'wrong' });
  await expect(ecs.send(new CreateClusterCommand({}))).rejects.toThrow();
  await sendPlain(port, { headers: { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.Nonsense' }, body: '{}' });
  expect(calls).toEqual([]);
});
