import { afterEach, beforeEach, expect, test } from 'vitest';
import { Harness, fakeEngine } from './contract/harness.ts';
import { realIds, until } from './contract/real-time.ts';
import { taskPayload } from './contract/tasks.ts';

let harness: Harness;
/** Looks from the first port on. */
const ids = { ...realIds, fraction: () => 0 };

beforeEach(async () => {
  harness = new Harness(fakeEngine());
  harness.runtime.addImage('longshore/web:1');
  await harness.open();
});
afterEach(() => harness.close());

const has = (task: Record<string, any>, status: string) => () => harness.server.statuses(task['arn']).includes(status);
const bindings = (task: Record<string, any>) =>
  harness.server.reports(task['arn']).find((report) => report['status'] === 'RUNNING')?.['containers'][0]
    .networkBindings;
const ranged = () =>
  taskPayload(
    {},
    {
      portMappings: [
        { containerPortRange: '8000-8002', protocol: 'tcp' },
        { containerPort: 80, hostPort: 0, protocol: 'tcp' },
      ],
    },
  );

test('[AG-10] the agent says that it can, and reports the run of host ports a range has', async () => {
  await harness.start({ ids, settings: { dynamicHostPorts: { first: 42_400, last: 42_405 } } });
  const [request] = harness.server.calledWith('RegisterContainerInstance');
  expect(request?.['attributes']).toContainEqual({ name: 'ecs.capability.network.container-port-range' });
  const [one, two] = [ranged(), ranged()];
  harness.server.payload(one);
  harness.server.payload(two);
  await until('both RUNNING', () => has(one, 'RUNNING')() && has(two, 'RUNNING')());
  const hostRanges = [one, two].map((task) => {
    expect(bindings(task)).toEqual([
      { bindIP: '0.0.0.0', containerPort: 80, hostPort: expect.any(Number), protocol: 'tcp' },
      { bindIP: '0.0.0.0', containerPortRange: '8000-8002', hostPortRange: expect.any(String), protocol: 'tcp' },
    ]);
    return bindings(task)[1].hostPortRange;
  });
  expect(new Set(hostRanges)).toEqual(new Set(['42400-42402', '42403-42405']));
});

test('[AG-12] after a restart the ports of a task that lives are not given away', async () => {
  const settings = { dynamicHostPorts: { first: 42_400, last: 42_402 } };
  const first = await harness.start({ settings });
  const one = ranged();
  harness.server.payload(one);
  await until('RUNNING', has(one, 'RUNNING'));
  await first.stop();
  await harness.start({ settings });
  const two = ranged();
  harness.server.payload(two);
  await until('STOPPED', has(two, 'STOPPED'));
  const [report] = harness.server.reports(two['arn']);
  expect(report?.['containers'][0].reason).toContain('found no 3 contiguous free tcp host ports in 42400-42402');
});

test('[AG-11] awsvpc: a range needs nothing of the host', async () => {
  await harness.start();
  const eni = {
    attachmentArn: 'arn:aws:ecs:us-east-1:123456789012:attachment/a',
    ec2Id: 'eni-1',
    macAddress: '0a:58:0a:00:00:01',
    ipv4Addresses: [{ primary: true, privateAddress: '10.0.0.1' }],
    subnetGatewayIpv4Address: '10.0.0.254/24',
  };
  const task = taskPayload(
    { networkMode: 'awsvpc', elasticNetworkInterfaces: [eni] },
    { portMappings: [{ containerPortRange: '8000-8002', protocol: 'tcp' }] },
  );
  harness.server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  expect(bindings(task)).toBeUndefined();
});
