import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../protocol/api/index.ts';
import type { ServiceConnectService } from '../../../protocol/generated/ecs.ts';
import type { Definition } from '../task-definitions/definition.ts';
import { checkConnectPlace, refuseLaterConnect, servedPorts } from './rules.ts';
import { checkConnectStrategy } from './strategy-rules.ts';

const definition = (patch: Partial<Definition> = {}): Definition =>
  ({
    networkMode: 'awsvpc',
    containerDefinitions: [
      {
        name: 'app',
        portMappings: [
          { name: 'http', containerPort: 8080, protocol: 'tcp', appProtocol: 'http' },
          { name: 'grpc', containerPort: 9090, appProtocol: 'grpc' },
          { name: 'db', containerPort: 5432 },
          { name: 'UPPER', containerPort: 81 },
          { name: 'range', containerPortRange: '90-99' },
          { name: 'udp', containerPort: 53, protocol: 'udp' },
        ],
      },
    ],
    ...patch,
  }) as Definition;

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const served = (...given: readonly ServiceConnectService[]) => outcome(() => servedPorts(given, definition(), 'Shop'));

describe('what a service offers', () => {
  test('[CN-3] [CN-4] [CN-20] every default is filled in', () => {
    expect(
      served(
        { portName: 'http', clientAliases: [{ port: 80 }] },
        { portName: 'grpc', discoveryName: 'calls', clientAliases: [{ port: 90, dnsName: 'calls.shop' }] },
        { portName: 'db', ingressPortOverride: 6000, timeout: { idleTimeoutSeconds: 0 } },
      ),
    ).toEqual([
      {
        portName: 'http',
        discoveryName: 'http',
        containerPort: 8080,
        protocol: 'http',
        names: [{ dnsName: 'http.shop', port: 80 }],
        idleTimeoutMs: 300_000,
        requestTimeoutMs: 15_000,
      },
      {
        portName: 'grpc',
        discoveryName: 'calls',
        containerPort: 9090,
        protocol: 'grpc',
        names: [{ dnsName: 'calls.shop', port: 90 }],
        idleTimeoutMs: 300_000,
        requestTimeoutMs: 15_000,
      },
      {
        portName: 'db',
        discoveryName: 'db',
        containerPort: 5432,
        ingressPort: 6000,
        protocol: 'tcp',
        names: [],
        idleTimeoutMs: 0,
        requestTimeoutMs: 0,
      },
    ]);
    expect(served({ portName: 'db' })).toMatchObject([{ idleTimeoutMs: 3_600_000 }]);
    expect(served({ portName: 'http', timeout: { perRequestTimeoutSeconds: 0, idleTimeoutSeconds: 7 } })).toMatchObject(
      [{ requestTimeoutMs: 0, idleTimeoutMs: 7_000 }],
    );
  });

  const twice = { port: 80, dnsName: 'a' };
  test.each<[string, readonly ServiceConnectService[], RegExp]>([
    ['an unknown port', [{ portName: 'x' }], /portName x is not the name of a port mapping/],
    ['a range', [{ portName: 'range' }], /range of ports/],
    ['udp', [{ portName: 'udp' }], /has protocol udp/],
    ['a discovery name that is none', [{ portName: 'http', discoveryName: '-a' }], /discoveryName -a is not valid/],
    ['a port name that is no discovery name', [{ portName: 'UPPER' }], /discoveryName UPPER is not valid/],
    ['a discovery name twice', [{ portName: 'http' }, { portName: 'db', discoveryName: 'http' }], /http is used more/],
    ['two aliases', [{ portName: 'http', clientAliases: [{ port: 1 }, { port: 2 }] }], /at most 1 items/],
    ['port 0', [{ portName: 'http', clientAliases: [{ port: 0 }] }], /between 1 and 65535, but was 0/],
    ['a DNS name that is none', [{ portName: 'http', clientAliases: [{ port: 1, dnsName: 'A b' }] }], /dnsName A b/],
    [
      'an alias twice',
      [
        { portName: 'http', clientAliases: [twice] },
        { portName: 'db', clientAliases: [twice] },
      ],
      /client alias a:80 is used more than once/,
    ],
    ['an ingress port of a container', [{ portName: 'http', ingressPortOverride: 9090 }], /9090 .* conflicts/],
    ['no ingress port', [{ portName: 'http', ingressPortOverride: 65_536 }], /between 1 and 65535/],
    [
      'an ingress port twice',
      [
        { portName: 'http', ingressPortOverride: 1 },
        { portName: 'db', ingressPortOverride: 1 },
      ],
      /conflicts with another port/,
    ],
    ['a timeout of TCP', [{ portName: 'db', timeout: { perRequestTimeoutSeconds: 1 } }], /without an appProtocol/],
    ['a negative timeout', [{ portName: 'http', timeout: { idleTimeoutSeconds: -1 } }], /idleTimeoutSeconds should be/],
  ])('[CN-3] %s is refused', (_name, given, sentence) => {
    expect(served(...given)).toMatch(sentence);
    expect(served(...given)).toMatch(/^InvalidParameterException/);
  });
});

test.each([
  ['awsvpc', 'FARGATE', undefined],
  ['awsvpc', 'EC2', undefined],
  ['awsvpc', 'EXTERNAL', /not supported for services with the launch type EXTERNAL/],
  ['host', 'EC2', /its network mode is host/],
  ['none', 'EC2', /its network mode is none/],
  ['bridge', 'EC2', /UnsupportedFeatureException: .*bridge is not implemented by Longshore/],
] as const)('[CN-5] network mode %s with %s', (networkMode, launchType, refused) => {
  const found = outcome(() => checkConnectPlace(definition({ networkMode }), launchType));
  if (refused === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(refused);
});

test.each([
  ['logConfiguration', { logConfiguration: { logDriver: 'awslogs' } }],
  ['accessLogConfiguration', { accessLogConfiguration: { format: 'JSON' } }],
  ['services.tls', { services: [{ portName: 'http', tls: { issuerCertificateAuthority: {} } }] }],
  [
    'services.clientAliases.testTrafficRules',
    { services: [{ portName: 'http', clientAliases: [{ port: 1, testTrafficRules: { header: { name: 'x' } } }] }] },
  ],
] as const)('what is not there is refused by its name: %s', (name, given) => {
  expect(outcome(() => refuseLaterConnect({ enabled: true, ...given }))).toBe(
    `UnsupportedFeatureException: serviceConnectConfiguration.${name} is not implemented by Longshore`,
  );
});

test('endpoints know no weights: strategies that shift traffic are refused with them, not for mere clients', () => {
  const ports = servedPorts([{ portName: 'http' }], definition(), 'n');
  expect(outcome(() => checkConnectStrategy({ strategy: 'CANARY' }, { ports }))).toMatch(/strategy CANARY is not impl/);
  expect(outcome(() => checkConnectStrategy({ strategy: 'CANARY' }, { ports: [] }))).toBeUndefined();
  expect(outcome(() => checkConnectStrategy({ strategy: 'ROLLING' }, { ports }))).toBeUndefined();
});
