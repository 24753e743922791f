import type {
  ServiceConnectClientAlias,
  ServiceConnectConfiguration,
  ServiceConnectService,
  TimeoutConfiguration,
} from '../../../protocol/generated/ecs.ts';
import { invalidParameter, notImplemented } from '../errors.ts';
import type { AppProtocol, ConnectName, ServedPort } from '../records/connect-endpoint.ts';
import type { Definition } from '../task-definitions/definition.ts';
import { networkModeOf } from '../task-definitions/definition.ts';
import { present } from '../tasks/new-task.ts';

const highestPort = 65_535;
const maxAliases = 1;
const maxServices = 100;
const namePattern = /^[a-z0-9_][a-z0-9_-]{0,63}$/;
const dnsNamePattern = /^[a-z0-9_](?:[a-z0-9._-]{0,125}[a-z0-9_])?$/;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TimeoutConfiguration.html */
const defaultIdleSeconds = { tcp: 3600, http: 300, http2: 300, grpc: 300 } as const;
const defaultRequestSeconds = 15;
const maxTimeoutSeconds = 2_147_483;

/** What Longshore has no machinery for yet. @throws UnsupportedFeatureException naming the member */
export function refuseLaterConnect(given: ServiceConnectConfiguration): void {
  const member = (name: string) => notImplemented(`serviceConnectConfiguration.${name}`);
  if (given.logConfiguration !== undefined) throw member('logConfiguration');
  if (given.accessLogConfiguration !== undefined) throw member('accessLogConfiguration');
  if (given.containerConfigurations !== undefined) throw member('containerConfigurations');
  for (const { tls, clientAliases = [] } of given.services ?? []) {
    if (tls !== undefined) throw member('services.tls');
    if (clientAliases.some(({ testTrafficRules }) => testTrafficRules !== undefined))
      throw member('services.clientAliases.testTrafficRules');
  }
}

/** Where a service's tasks can have a proxy. @throws InvalidParameterException, UnsupportedFeatureException */
export function checkConnectPlace(definition: Definition, launchType: 'EC2' | 'FARGATE' | 'EXTERNAL'): void {
  if (launchType === 'EXTERNAL')
    throw invalidParameter('Service Connect is not supported for services with the launch type EXTERNAL.');
  const mode = networkModeOf(definition);
  if (mode === 'host' || mode === 'none')
    throw invalidParameter(
      `Service Connect needs a task definition whose network mode is awsvpc or bridge, but its network mode is ${mode}.`,
    );
  if (mode === 'bridge') throw notImplemented('serviceConnectConfiguration with the network mode bridge');
}

/**
 * The ports that a service offers in its namespace, checked against its task definition. Pure.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceConnectService.html
 * @throws InvalidParameterException
 */
export function servedPorts(
  given: readonly ServiceConnectService[],
  definition: Definition,
  namespaceName: string,
): readonly ServedPort[] {
  if (given.length > maxServices)
    throw invalidParameter(`Service Connect services can have at most ${maxServices} items.`);
  const served = given.map((one) => servedPort(one, definition, namespaceName));
  refuseTwice(
    served.map(({ discoveryName }) => discoveryName),
    (name) => `The Service Connect discoveryName ${name} is used more than once.`,
  );
  refuseTwice(
    served.flatMap(({ names }) => names.map(({ dnsName, port }) => `${dnsName}:${port}`)),
    (name) => `The Service Connect client alias ${name} is used more than once.`,
  );
  checkIngress(served, definition);
  return served;
}

function refuseTwice(names: readonly string[], sentence: (name: string) => string): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw invalidParameter(sentence(name));
    seen.add(name);
  }
}

function servedPort(given: ServiceConnectService, definition: Definition, namespaceName: string): ServedPort {
  const { portName, clientAliases = [] } = given;
  const mapping = namedMapping(portName, definition);
  const discoveryName = given.discoveryName ?? portName;
  if (!namePattern.test(discoveryName))
    throw invalidParameter(
      `The Service Connect discoveryName ${discoveryName} is not valid: it has up to 64 lowercase letters, numbers, underscores and hyphens, and does not start with a hyphen.`,
    );
  if (clientAliases.length > maxAliases)
    throw invalidParameter(`Service Connect client aliases can have at most ${maxAliases} items.`);
  const protocol: AppProtocol = mapping.protocol;
  return {
    portName,
    discoveryName,
    containerPort: mapping.containerPort,
    protocol,
    names: clientAliases.map((alias) => aliasName(alias, `${discoveryName}.${namespaceName}`)),
    ...timeouts(given.timeout, protocol),
    ...present({ ingressPort: given.ingressPortOverride }),
  };
}

function namedMapping(
  portName: string,
  { containerDefinitions }: Definition,
): { readonly containerPort: number; readonly protocol: AppProtocol } {
  const mappings = containerDefinitions.flatMap(({ portMappings = [] }) => portMappings);
  const found = mappings.find(({ name }) => name === portName);
  if (found === undefined)
    throw invalidParameter(
      `The Service Connect portName ${portName} is not the name of a port mapping in the task definition.`,
    );
  if (found.containerPort === undefined)
    throw invalidParameter(`The port mapping ${portName} is a range of ports, which Service Connect does not support.`);
  if (found.protocol === 'udp')
    throw invalidParameter(`The port mapping ${portName} has protocol udp, which Service Connect does not support.`);
  return { containerPort: found.containerPort, protocol: found.appProtocol ?? 'tcp' };
}

function aliasName({ port, dnsName }: ServiceConnectClientAlias, otherwise: string): ConnectName {
  if (!isPort(port))
    throw invalidParameter(
      `The port of a Service Connect client alias must be between 1 and ${highestPort}, but was ${port}.`,
    );
  if (dnsName !== undefined && !dnsNamePattern.test(dnsName))
    throw invalidParameter(
      `The Service Connect dnsName ${dnsName} is not valid: it has up to 127 lowercase letters, numbers, underscores, hyphens and periods, and does not start with a hyphen.`,
    );
  return { dnsName: dnsName ?? otherwise.toLowerCase(), port };
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= highestPort;
}

function timeouts(
  given: TimeoutConfiguration | undefined,
  protocol: AppProtocol,
): Pick<ServedPort, 'idleTimeoutMs' | 'requestTimeoutMs'> {
  for (const [name, seconds] of Object.entries(given ?? {}))
    if (seconds !== undefined && (!Number.isInteger(seconds) || seconds < 0 || seconds > maxTimeoutSeconds))
      throw invalidParameter(`${name} should be between 0 and ${maxTimeoutSeconds}, but was ${seconds}`);
  if (protocol === 'tcp' && given?.perRequestTimeoutSeconds !== undefined)
    throw invalidParameter('perRequestTimeoutSeconds cannot be set for a port mapping without an appProtocol.');
  const idleSeconds = given?.idleTimeoutSeconds ?? defaultIdleSeconds[protocol];
  const requestSeconds = protocol === 'tcp' ? 0 : (given?.perRequestTimeoutSeconds ?? defaultRequestSeconds);
  return { idleTimeoutMs: idleSeconds * 1000, requestTimeoutMs: requestSeconds * 1000 };
}

/** A port that the proxy listens at is nobody else's. */
function checkIngress(served: readonly ServedPort[], { containerDefinitions }: Definition): void {
  const taken = new Set(
    containerDefinitions.flatMap(({ portMappings = [] }) => portMappings.map(({ containerPort }) => containerPort)),
  );
  for (const { ingressPort, portName } of served) {
    if (ingressPort === undefined) continue;
    if (!isPort(ingressPort))
      throw invalidParameter(`ingressPortOverride must be between 1 and ${highestPort}, but was ${ingressPort}.`);
    if (taken.has(ingressPort))
      throw invalidParameter(
        `The ingressPortOverride ${ingressPort} of port ${portName} conflicts with another port of the task.`,
      );
    taken.add(ingressPort);
  }
}
