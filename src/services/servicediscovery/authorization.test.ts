import { expect, test } from 'vitest';
import type { AccessQuestion, RequestContext } from '../../protocol/api/index.ts';
import { openServiceDiscovery, scope } from './contract/opened-service-discovery.ts';
import { namespaceArn } from './records/namespace.ts';
import { serviceArn } from './records/service.ts';

async function asker() {
  const opened = await openServiceDiscovery();
  const zone = await opened.newZone();
  const web = await opened.newService(zone);
  await opened.call('TagResource', {
    ResourceARN: serviceArn({ ...scope, id: web }),
    Tags: [{ Key: 'team', Value: 'a' }],
  });
  const { authorization = {} } = opened.service.definition;
  const ask = (operation: string, input: object): readonly AccessQuestion[] =>
    authorization[operation]?.(input as never, opened.contextOf({}) as RequestContext) ?? [];
  return { ...opened, zone, web, ask };
}

test('[CM-17] every operation that is handled asks something', async () => {
  const { definition } = (await openServiceDiscovery()).service;
  expect(Object.keys(definition.authorization ?? {}).sort()).toEqual(Object.keys(definition.handlers).sort());
});

test('[CM-17] on what, with which keys', async () => {
  const { ask, zone, web } = await asker();
  const service = serviceArn({ ...scope, id: web });
  const namespace = namespaceArn({ ...scope, id: zone });
  const shown = (questions: readonly AccessQuestion[]) =>
    questions.map(({ action, resource }) => `${action} ${resource}`);
  const [register] = ask('RegisterInstance', { ServiceId: web });
  expect(register).toMatchObject({ action: 'servicediscovery:RegisterInstance', resource: service });
  const keys = ['servicediscovery:servicearn', 'servicediscovery:servicecreatedbyaccount', 'aws:resourcetag/team'];
  expect(keys.map((key) => register?.context?.get(key))).toEqual([[service], [scope.account], ['a']]);
  const discovery = ask('DiscoverInstances', { NamespaceName: 'local.test', ServiceName: 'web' });
  expect(shown(discovery)).toEqual([
    `servicediscovery:DiscoverInstances ${namespace}`,
    `servicediscovery:DiscoverInstances ${service}`,
  ]);
  expect(discovery[0]?.context?.get('servicediscovery:namespacename')).toEqual(['local.test']);
  const created = ask('CreateService', { Name: 'x', NamespaceId: zone, Tags: [{ Key: 'a', Value: 'b' }] });
  expect(shown(created)).toEqual([
    `servicediscovery:CreateService ${namespace}`,
    'servicediscovery:CreateService arn:aws:servicediscovery:us-east-1:123456789012:service/*',
    'servicediscovery:TagResource arn:aws:servicediscovery:us-east-1:123456789012:service/*',
  ]);
  expect(created[0]?.context?.get('servicediscovery:namespacearn')).toEqual([namespace]);
  expect(created[0]?.context?.get('aws:requesttag/a')).toEqual(['b']);
  expect(shown(ask('ListServices', {}))).toEqual(['servicediscovery:ListServices *']);
});
