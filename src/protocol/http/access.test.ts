import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateClusterCommand, DescribeTasksCommand, ECSClient } from '@aws-sdk/client-ecs';
import { expect, test } from 'vitest';
import type { AccessQuestion, Authorizer, ServiceDefinition } from '../api/index.ts';
import { secretAccessKey, startTestServer } from '../contract/test-server.ts';
import { testServices } from '../contract/test-services.ts';

function options(endpoint: string) {
  const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey };
  return { endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 };
}

/** The test services with questions for ecs:CreateCluster and ec2:DescribeVpcs; the rest ask nothing. */
const services = testServices.map((service): ServiceDefinition => {
  const ask = (action: string) => () => [{ action, resource: '*' }];
  if (service.name === 'ecs') return { ...service, authorization: { CreateCluster: ask('ecs:CreateCluster') } };
  if (service.name === 'ec2') return { ...service, authorization: { DescribeVpcs: ask('ec2:DescribeVpcs') } };
  return service;
});

function answering(refusal: string | undefined, root = false): Authorizer & { readonly asked: AccessQuestion[] } {
  const asked: AccessQuestion[] = [];
  return {
    asked,
    mayEverything: () => root,
    refusal(question) {
      asked.push(question);
      return refusal;
    },
  };
}

test('an operation is handled when all that it asks is allowed', async () => {
  const authorizer = answering(undefined);
  const { url } = await startTestServer(services, { authorizer });
  await new ECSClient(options(url)).send(new CreateClusterCommand({ clusterName: 'web' }));
  expect(authorizer.asked).toEqual([{ action: 'ecs:CreateCluster', resource: '*' }]);
});

test('a refusal is worded and coded as the protocol does', async () => {
  const { url } = await startTestServer(services, { authorizer: answering('User: u is not authorized') });
  await expect(new ECSClient(options(url)).send(new CreateClusterCommand({}))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: 'User: u is not authorized',
    $metadata: { httpStatusCode: 403 },
  });
  await expect(new EC2Client(options(url)).send(new DescribeVpcsCommand({}))).rejects.toMatchObject({
    name: 'UnauthorizedOperation',
    $metadata: { httpStatusCode: 403 },
  });
});

test('an operation without questions is open to the root alone', async () => {
  const { url } = await startTestServer(services, { authorizer: answering(undefined) });
  const describe = new DescribeTasksCommand({ tasks: ['t1'] });
  await expect(new ECSClient(options(url)).send(describe)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  const root = await startTestServer(services, { authorizer: answering('never asked', true) });
  const { tasks } = await new ECSClient(options(root.url)).send(describe);
  expect(tasks).toHaveLength(1);
});

test('what one permission does not give another may give as well; the refusal names the first', async () => {
  const asked: string[] = [];
  const allowing = (allowed: string): Authorizer => ({
    mayEverything: () => false,
    refusal({ action }) {
      asked.push(action);
      return action === allowed ? undefined : `no ${action}`;
    },
  });
  const question = { action: 's:First', resource: '*', or: { action: 's:Second', resource: '*' } };
  const either = services.map((service): ServiceDefinition =>
    service.name === 'ecs' ? { ...service, authorization: { CreateCluster: () => [question] } } : service,
  );
  const send = async (allowed: string) => {
    const { url } = await startTestServer(either, { authorizer: allowing(allowed) });
    return new ECSClient(options(url)).send(new CreateClusterCommand({ clusterName: 'web' }));
  };
  await send('s:First');
  expect(asked.splice(0)).toEqual(['s:First']);
  await send('s:Second');
  expect(asked.splice(0)).toEqual(['s:First', 's:Second']);
  await expect(send('s:Third')).rejects.toMatchObject({ name: 'AccessDeniedException', message: 'no s:First' });
});
