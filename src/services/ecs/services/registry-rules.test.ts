import { expect, test } from 'vitest';
import { ApiError } from '../../../protocol/api/index.ts';
import type { CreateServiceRequest } from '../../../protocol/generated/ecs.ts';
import { FakeRegistrar } from '../contract/fake-registrar.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import { checkedRegistry, shownRegistries } from './registry-rules.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const registrar = new FakeRegistrar();
const a = registrar.addRegistry('a');
const srv = registrar.addRegistry('srv', { recordTypes: ['SRV'] });
const both = registrar.addRegistry('both', { recordTypes: ['A', 'SRV'] });
const http = registrar.addRegistry('http', { recordTypes: [] });
const alias = registrar.addRegistry('alias', { recordTypes: ['CNAME'] });

function check(
  given: NonNullable<CreateServiceRequest['serviceRegistries']>,
  networkMode: 'awsvpc' | 'bridge' | 'none',
) {
  const definition = {
    definition: { networkMode, containerDefinitions: [{ name: 'app', portMappings: [{ containerPort: 80 }] }] },
  } as unknown as TaskDefinitionRecord;
  try {
    return shownRegistries({ registry: checkedRegistry(registrar, scope, given, definition) } as never);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const app = { containerName: 'app', containerPort: 80 } as const;

test.each([
  ['none', [], 'awsvpc'],
  ['A in awsvpc', [{ registryArn: a }], 'awsvpc'],
  ['A with a container', [{ registryArn: a, containerName: 'app' }], 'awsvpc'],
  ['SRV in awsvpc by port', [{ registryArn: srv, port: 9 }], 'awsvpc'],
  ['SRV in awsvpc by container', [{ registryArn: both, ...app }], 'awsvpc'],
  ['SRV in bridge by container', [{ registryArn: srv, ...app }], 'bridge'],
  ['without records', [{ registryArn: http }], 'awsvpc'],
] as const)('[CM-20] takes %s', (_name, given, mode) => {
  expect(check(given, mode)).toEqual(given);
});

test.each([
  ['two', [{ registryArn: a }, { registryArn: a }], 'awsvpc', /at most 1 items/],
  ['no ARN', [{}], 'awsvpc', /Registry Arn can not be blank/],
  ['one that is not there', [{ registryArn: 'x' }], 'awsvpc', /Unable to describe the service registry x/],
  ['A in bridge', [{ registryArn: a, ...app }], 'bridge', /must have the network mode awsvpc, not bridge/],
  ['no network', [{ registryArn: srv, ...app }], 'none', /network mode is none/],
  ['CNAME', [{ registryArn: alias }], 'awsvpc', /CNAME records are not supported/],
  [
    'SRV in bridge without a container',
    [{ registryArn: srv, port: 9 }],
    'bridge',
    /When specifying 'host' or 'bridge' for networkMode/,
  ],
  ['SRV in awsvpc without a port', [{ registryArn: srv }], 'awsvpc', /a value for 'port', or for 'containerName'/],
  ['port and container', [{ registryArn: srv, port: 9, ...app }], 'awsvpc', /but not both\. Remove one and retry/],
  ['a port that is not needed', [{ registryArn: a, port: 9 }], 'awsvpc', /do not require a value for 'port'/],
  [
    'a container port that is not needed',
    [{ registryArn: a, ...app }],
    'awsvpc',
    /do not require a value for 'containerPort'/,
  ],
  ['no such container', [{ registryArn: srv, ...app, containerName: 'x' }], 'awsvpc', /container x does not exist/],
  ['no such port', [{ registryArn: srv, ...app, containerPort: 81 }], 'awsvpc', /did not have a container port 81/],
  ['a port out of range', [{ registryArn: srv, port: 65_536 }], 'awsvpc', /between 1 and 65535/],
] as const)('[CM-20] refuses %s', (_name, given, mode, want) => {
  expect(check(given, mode)).toMatch(want);
});
