import { describe, expect, test } from 'vitest';
import { silentLog } from '../../../kernel/index.ts';
import type { CreateServiceRequest, ServiceConnectConfiguration } from '../../../protocol/generated/ecs.ts';
import { ReconcileLoop } from '../../../reconcile/index.ts';
import { SimClock, SimIds } from '../../../testkit/index.ts';
import { openEcs, outcome, scope, type OpenedEcs } from '../contract/opened-ecs.ts';
import { connectEndpoints } from '../records/connect-endpoint.ts';
import { serviceRevisionKey, serviceRevisions } from '../records/service-revision.ts';
import { ownedBy, serviceKey, services, type ServiceRecord } from '../records/service.ts';
import { endpointCleanUp } from './endpoint-clean-up.ts';
import { taskConnect } from './payload.ts';

const offers = (port: number, dnsName: string): ServiceConnectConfiguration => ({
  enabled: true,
  namespace: 'shop',
  services: [{ portName: 'http', discoveryName: dnsName, clientAliases: [{ port, dnsName }] }],
});

async function opened(): Promise<OpenedEcs> {
  const ecs = await openEcs();
  ecs.namespaces.add('shop');
  await ecs.call('CreateCluster', {});
  await ecs.call('RegisterTaskDefinition', {
    family: 'web',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [
      { name: 'web', image: 'w', portMappings: [{ name: 'http', containerPort: 8080, appProtocol: 'http' }] },
    ],
  });
  return ecs;
}

function create(
  ecs: OpenedEcs,
  serviceName: string,
  connect?: ServiceConnectConfiguration,
  more: Partial<CreateServiceRequest> = {},
) {
  return ecs.call('CreateService', {
    serviceName,
    taskDefinition: 'web',
    desiredCount: 1,
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-a'] } },
    ...(connect === undefined ? {} : { serviceConnectConfiguration: connect }),
    ...more,
  });
}

function record(ecs: OpenedEcs, name: string): ServiceRecord {
  const row = ecs.db.get(services, serviceKey(scope, 'default', name))?.row;
  if (row === undefined) throw new Error(`no service ${name}`);
  return row;
}

/** The names that the tasks of a service's last deployment can call. */
function known(ecs: OpenedEcs, name: string): readonly string[] {
  const service = record(ecs, name);
  const key = serviceRevisionKey(ownedBy(service), service.deployments[0]?.revisionId ?? '');
  const revision = ecs.db.get(serviceRevisions, key)?.row;
  if (revision === undefined) throw new Error('no revision');
  return taskConnect(revision).listeners.map(({ address, dnsName, port }) => `${address} ${dnsName}:${port}`);
}

const endpoints = (ecs: OpenedEcs): readonly string[] =>
  [...ecs.db.table(connectEndpoints).values('service')].flatMap((value) =>
    [...ecs.db.table(connectEndpoints).keys('service', value)].flatMap(
      (key) => ecs.db.get(connectEndpoints, key)?.row.discoveryName ?? [],
    ),
  );

describe('clusters', () => {
  test('[CN-1] a default namespace is found, made or taken away', async () => {
    const ecs = await openEcs();
    const there = ecs.namespaces.add('there');
    const made = await ecs.call('CreateCluster', { clusterName: 'a', serviceConnectDefaults: { namespace: 'new' } });
    const arn = ecs.namespaces.find(undefined, 'new')?.arn;
    expect(made.cluster?.serviceConnectDefaults).toEqual({ namespace: arn });
    const update = (namespace: string) =>
      ecs.call('UpdateCluster', { cluster: 'a', serviceConnectDefaults: { namespace } });
    expect((await update(there)).cluster?.serviceConnectDefaults).toEqual({ namespace: there });
    expect((await ecs.call('UpdateCluster', { cluster: 'a' })).cluster?.serviceConnectDefaults).toBeDefined();
    expect((await update('')).cluster?.serviceConnectDefaults).toBeUndefined();
    const missing = there.replace('ns-there', 'ns-nowhere');
    expect(await outcome(update(missing))).toMatch(/^NamespaceNotFoundException: .*ns-nowhere/);
    expect(await outcome(update('a b'))).toMatch(/^InvalidParameterException/);
  });
});

describe('services', () => {
  test('[CN-2] [CN-7] the namespace is named, or the default of the cluster', async () => {
    const ecs = await opened();
    expect(await outcome(create(ecs, 'a', { enabled: true }))).toMatch(/needs a namespace: name one/);
    expect(await outcome(create(ecs, 'a', { enabled: true, namespace: 'x' }))).toBe(
      'NamespaceNotFoundException: The specified namespace was not found: x',
    );
    const { service } = await create(ecs, 'a', offers(80, 'a'));
    const [arn] = ecs.namespaces.services.values();
    expect(service?.deployments?.[0]).toMatchObject({
      serviceConnectConfiguration: offers(80, 'a'),
      serviceConnectResources: [{ discoveryName: 'a', discoveryArn: arn }],
    });
    await ecs.call('UpdateCluster', { cluster: 'default', serviceConnectDefaults: { namespace: 'shop' } });
    const byDefault = await create(ecs, 'b', { enabled: true });
    expect(byDefault.service?.deployments?.[0]?.serviceConnectConfiguration?.namespace).toMatch(/namespace\/ns-shop$/);
    await create(ecs, 'plain');
    const listed = await ecs.call('ListServicesByNamespace', { namespace: 'shop' });
    expect(listed.serviceArns?.map((one) => one.split('/').at(-1)).sort()).toEqual(['a', 'b']);
    expect(
      await outcome(Promise.resolve().then(() => ecs.call('ListServicesByNamespace', { namespace: 'x' }))),
    ).toMatch(/^NamespaceNotFoundException/);
    const revision = (await ecs.call('DescribeServiceRevisions', {
      serviceRevisionArns: [service?.currentServiceRevisions?.[0]?.arn ?? ''],
    })) as { serviceRevisions?: readonly object[] };
    expect(revision.serviceRevisions?.[0]).toMatchObject({ serviceConnectConfiguration: offers(80, 'a') });
  });

  test('[CN-6] names of one namespace belong to one service each', async () => {
    const ecs = await opened();
    await create(ecs, 'a', offers(80, 'a'));
    expect(await outcome(create(ecs, 'b', offers(81, 'a')))).toMatch(/discoveryName a is used by the service a/);
    const [one] = offers(80, 'a').services ?? [];
    const alias = { ...offers(80, 'a'), services: [{ ...one, portName: 'http', discoveryName: 'b' }] };
    expect(await outcome(create(ecs, 'b', alias))).toMatch(/client alias a:80 is used by the service a/);
    ecs.namespaces.createService(undefined, undefined, ecs.namespaces.find(undefined, 'shop')?.arn ?? '', 'mine');
    expect(await outcome(create(ecs, 'c', offers(82, 'mine')))).toMatch(/^InvalidParameterException: .*mine already/);
    ecs.namespaces.add('other');
    expect(await outcome(create(ecs, 'd', { ...offers(80, 'a'), namespace: 'other' }))).toBe('ok');
  });

  test('[CN-8] a changed configuration is deployed; one that is not named stays; disabling ends it', async () => {
    const ecs = await opened();
    await create(ecs, 'a', offers(80, 'a'));
    const first = record(ecs, 'a').deployments[0]?.id;
    const update = (input: object) => ecs.call('UpdateService', { service: 'a', ...input });
    await update({ serviceConnectConfiguration: offers(80, 'a') });
    await update({ desiredCount: 2 });
    expect(record(ecs, 'a').deployments[0]?.id).toBe(first);
    await update({ forceNewDeployment: true });
    expect(record(ecs, 'a').namespaceArn).toBeDefined();
    expect(ecs.namespaces.services.size).toBe(1);
    await update({ serviceConnectConfiguration: offers(81, 'a') });
    expect(known(ecs, 'a')).toEqual(['127.255.0.1 a:81']);
    await update({ serviceConnectConfiguration: { enabled: false } });
    expect(record(ecs, 'a').namespaceArn).toBeUndefined();
    const { services: [shown] = [] } = await ecs.call('DescribeServices', { services: ['a'] });
    expect(shown?.deployments?.[0]).not.toHaveProperty('serviceConnectConfiguration');
  });

  test('[CN-10] tasks know what was there when their deployment began, and what comes with the next one', async () => {
    const ecs = await opened();
    await create(ecs, 'a', offers(80, 'a'));
    await create(ecs, 'client', { enabled: true, namespace: 'shop' });
    await create(ecs, 'b', offers(80, 'b'));
    expect(known(ecs, 'a')).toEqual(['127.255.0.1 a:80']);
    expect(known(ecs, 'client')).toEqual(['127.255.0.1 a:80']);
    expect(known(ecs, 'b')).toEqual(['127.255.0.1 a:80', '127.255.0.2 b:80']);
    await ecs.call('UpdateService', { service: 'client', forceNewDeployment: true });
    expect(known(ecs, 'client')).toEqual(['127.255.0.1 a:80', '127.255.0.2 b:80']);
  });

  test('[CN-9] endpoints go with the last deployment that has them, and a new service of the name takes them over', async () => {
    const ecs = await opened();
    await create(ecs, 'a', offers(80, 'a'));
    const [arn = ''] = ecs.namespaces.services.values();
    ecs.registrar.register(undefined as never, scope, arn, { id: 'task', attributes: {} });
    const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
    const clock = new SimClock(settle);
    const deps = { db: ecs.db, clock, namespaces: ecs.namespaces };
    const loop = new ReconcileLoop([endpointCleanUp(deps)], { clock, ids: new SimIds(1), log: silentLog });
    loop.start();
    const end = (status: ServiceRecord['status']) =>
      ecs.db.transact((tx) => tx.put(services, serviceKey(scope, 'default', 'a'), { ...record(ecs, 'a'), status }));
    await end('DRAINING');
    await clock.advance(10_000);
    expect(endpoints(ecs)).toEqual(['a']);
    await end('INACTIVE');
    await clock.advance(10_000);
    // Its last host has not left.
    expect(endpoints(ecs)).toEqual(['a']);
    await create(ecs, 'a', offers(80, 'a'));
    await clock.advance(10_000);
    expect([...ecs.namespaces.services.values()]).toEqual([arn]);
    await end('INACTIVE');
    ecs.registrar.deregister(undefined as never, scope, arn, 'task');
    await clock.advance(10_000);
    expect(endpoints(ecs)).toEqual([]);
    expect(ecs.namespaces.services.size).toBe(0);
    loop.stop();
  });
});
