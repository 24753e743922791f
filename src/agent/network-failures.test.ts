import { afterEach, beforeEach, expect, test } from 'vitest';
import { NetworkFailed } from '../network/index.ts';
import { Harness, fakeEngine } from './contract/harness.ts';
import { until } from './contract/real-time.ts';
import { taskPayload } from './contract/tasks.ts';

const image = 'longshore/web:1';
let harness: Harness;

beforeEach(async () => {
  harness = new Harness(fakeEngine());
  await harness.open();
  harness.runtime.addImage(image);
});
afterEach(async () => {
  await harness.close();
});

const eni = {
  attachmentArn: 'arn:aws:ecs:us-east-1:123456789012:attachment/a1',
  ec2Id: 'eni-1',
  macAddress: '0a:58:00:00:00:01',
  ipv4Addresses: [{ primary: true, privateAddress: '172.31.16.10' }],
  subnetGatewayIpv4Address: '172.31.16.1/20',
};
const has = (task: Record<string, any>, status: string) => () => harness.server.statuses(task['arn']).includes(status);

test('a network that refuses everything ends its own tasks only, and the agent tries again', async () => {
  const { network, server, log } = harness;
  const working = { prepare: network.prepare, list: network.list, attach: network.attach };
  const refuse = (): Promise<never> => Promise.reject(new NetworkFailed('nft says no'));
  Object.assign(network, { prepare: refuse, list: refuse, attach: refuse });
  await harness.start();
  const [awsvpc, plain] = [
    taskPayload({ networkMode: 'awsvpc', elasticNetworkInterfaces: [eni] }, {}),
    taskPayload({}, {}),
  ];
  server.payload(awsvpc, plain);
  await until('the plain task runs', has(plain, 'RUNNING'));
  await until('the awsvpc task is stopped', has(awsvpc, 'STOPPED'));
  expect(JSON.stringify(server.reports(awsvpc['arn']))).toContain('ContainerNetworkingError: nft says no');
  expect(log.lines.some((line) => line.includes('could not be prepared') && line.includes('nft says no'))).toBe(true);

  Object.assign(network, working);
  await until('it is prepared', () => log.lines.some((line) => line.includes('the task network is prepared now')));
  const later = taskPayload({ networkMode: 'awsvpc', elasticNetworkInterfaces: [eni] }, {});
  server.payload(later);
  await until('the later task runs', has(later, 'RUNNING'));
});
