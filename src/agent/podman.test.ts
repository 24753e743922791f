import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { labels } from '../agent-protocol/index.ts';
import { FakeRuntime } from '../runtime/fake/index.ts';
import type { ContainerSpec } from '../runtime/index.ts';
import { Harness } from './contract/harness.ts';
import { realClock, until } from './contract/real-time.ts';
import { taskPayload } from './contract/tasks.ts';
import { pausesLast } from './hooks/pauses-last.ts';

let harness: Harness;

beforeEach(async () => {
  harness = new Harness(new FakeRuntime({ clock: realClock, info: { kind: 'podman' } }));
  harness.runtime.addImage('longshore/web:1');
  await harness.open();
});
afterEach(() => harness.close());

const has = (task: Record<string, any>, status: string) => () => harness.server.statuses(task['arn']).includes(status);

test('on Podman every container of an awsvpc task gets the names of the task, and its pause stays until they are gone', async () => {
  await harness.start({ dnsServers: ['169.254.169.253'], settings: { cleanupWaitMs: 500 } });
  const { runtime } = harness;
  const specs: ContainerSpec[] = [];
  const create = runtime.create.bind(runtime);
  vi.spyOn(runtime, 'create').mockImplementation((spec) => {
    specs.push(spec);
    return create(spec);
  });
  const removed: string[] = [];
  const remove = runtime.remove.bind(runtime);
  vi.spyOn(runtime, 'remove').mockImplementation(async (id) => {
    const info = await runtime.inspect(id);
    removed.push(info?.labels[labels.internal] ?? info?.labels[labels.containerName] ?? '');
    return remove(id);
  });
  const eni = {
    attachmentArn: 'arn:aws:ecs:us-east-1:123456789012:attachment/a',
    ec2Id: 'eni-1',
    macAddress: '0a:58:0a:00:00:01',
    ipv4Addresses: [{ primary: true, privateAddress: '10.0.0.1' }],
    subnetGatewayIpv4Address: '10.0.0.254/24',
    privateDnsName: 'ip-10-0-0-1.ec2.internal',
  };
  const task = taskPayload(
    { networkMode: 'awsvpc', elasticNetworkInterfaces: [eni] },
    { name: 'app' },
    { name: 'side' },
  );
  harness.server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  const apps = specs.filter(({ config }) => config.Labels?.[labels.containerName] !== undefined);
  expect(apps).toHaveLength(2);
  for (const { config } of apps) {
    const binds = config.HostConfig?.['Binds'] as readonly string[];
    const sourceOf = (destination: string): string =>
      binds.find((bind) => bind.endsWith(destination))?.split(':')[0] ?? '';
    expect(await readFile(sourceOf(':/etc/hosts'), 'utf8')).toBe(
      '127.0.0.1 localhost\n10.0.0.1 ip-10-0-0-1.ec2.internal\n',
    );
    expect(await readFile(sourceOf(':/etc/resolv.conf'), 'utf8')).toBe('nameserver 169.254.169.253\n');
  }
  harness.server.payload({ ...task, desiredStatus: 'STOPPED' });
  await until('STOPPED', has(task, 'STOPPED'));
  await vi.waitFor(() => expect(removed).toEqual(['app', 'side', 'pool']), 5_000);
});

test('a pause is removed after the containers that share its network', () => {
  const container = (id: string, internal?: string) => ({
    id,
    name: id,
    status: 'exited' as const,
    imageId: '',
    labels: internal === undefined ? {} : { [labels.internal]: internal },
  });
  const order = pausesLast([container('pause', 'pool'), container('app'), container('namespaces', 'pause-namespace')]);
  expect(order.map(({ id }) => id)).toEqual(['app', 'pause', 'namespaces']);
});
