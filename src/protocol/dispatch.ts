import { ApiError } from './api/index.ts';
import type { Handler, ServiceDefinition } from './api/index.ts';
import { endedService } from './ended-services.ts';
import { ServiceModel } from './model/model.ts';
import type { Operation } from './model/model.ts';
import { readServiceIndex, readServiceTable } from './model/tables.ts';
import type { ServiceEntry } from './model/tables.ts';
import { readAuthorization } from './auth/authorization.ts';
import { AwsJson } from './wire/json.ts';
import type { WireProtocol, WireRequest } from './wire/protocol.ts';
import { awsQuery, ec2Query, fieldsOf } from './wire/query.ts';
import { matchRoute, restJson } from './wire/rest-json.ts';
import { RpcCbor } from './wire/rpc-cbor.ts';

/** A service that AWS has: with handlers when Longshore has it too. */
export interface HostedService {
  readonly entry: ServiceEntry;
  readonly model: ServiceModel;
  readonly definition: ServiceDefinition | undefined;
}

/** What a request asks for, before anything of its input is read. */
export interface Route {
  readonly protocol: WireProtocol;
  readonly service: HostedService | undefined;
  /** As the client named it; empty when it named none. */
  readonly operationName: string;
}

const json10 = new AwsJson('1.0', false);
const json11 = new AwsJson('1.1', false);
const json10WithQueryErrors = new AwsJson('1.0', true);
const json11WithQueryErrors = new AwsJson('1.1', true);
const rpcCbor = new RpcCbor(false);
const rpcCborWithQueryErrors = new RpcCbor(true);

/** Which service, operation and protocol a request means; never by port or host. */
export class Dispatcher {
  readonly #entries: readonly ServiceEntry[];
  readonly #byTarget: ReadonlyMap<string, ServiceEntry>;
  readonly #byVersion: ReadonlyMap<string, ServiceEntry>;
  readonly #hosted = new Map<string, HostedService>();

  /** @throws Error when a definition names a service or an operation that AWS does not have */
  constructor(definitions: readonly ServiceDefinition[]) {
    this.#entries = readServiceIndex();
    this.#byTarget = new Map(this.#entries.map((entry) => [entry.target, entry]));
    this.#byVersion = new Map(this.#entries.filter(speaksQuery).map((entry) => [entry.version, entry]));
    for (const definition of definitions) {
      if (this.#hosted.has(definition.name)) throw new Error(`two definitions of the service ${definition.name}`);
      const entry = this.#entries.find(({ name }) => name === definition.name);
      if (entry === undefined) throw new Error(`there is no table of AWS shapes for the service ${definition.name}`);
      const model = new ServiceModel(readServiceTable(definition.name), definition.limits);
      const unknown = Object.keys(definition.handlers).filter((name) => model.operation(name) === undefined);
      if (unknown.length > 0)
        throw new Error(`${definition.name} handles operations AWS does not have: ${unknown.join(', ')}`);
      this.#hosted.set(definition.name, { entry, model, definition });
    }
  }

  /**
   * @returns undefined when the request is no AWS request at all
   * @throws ApiError when its form or path cannot be decoded, or its service is no more
   */
  route(request: WireRequest): Route | undefined {
    const { headers } = request;
    if (headers['smithy-protocol'] === 'rpc-v2-cbor') return this.#routeCbor(request);
    if (headers['x-amz-target'] !== undefined) return this.#routeTarget(request);
    return this.#routeForm(request) ?? this.#routeRest(request);
  }

  /** A service by Longshore's name of it. */
  service(name: string): HostedService | undefined {
    return this.#host(this.#entries.find((entry) => entry.name === name));
  }

  #routeCbor({ path, headers }: WireRequest): Route {
    const match = /\/service\/([^/]+)\/operation\/([^/]+)$/.exec(path);
    const protocol = headers['x-amzn-query-mode'] === 'true' ? rpcCborWithQueryErrors : rpcCbor;
    return { protocol, service: this.#host(this.#byTarget.get(match?.[1] ?? '')), operationName: match?.[2] ?? '' };
  }

  #routeTarget({ headers }: WireRequest): Route {
    const target = String(headers['x-amz-target']);
    const dot = target.lastIndexOf('.');
    const old = headers['content-type']?.includes('json-1.0') === true;
    const queryMode = headers['x-amzn-query-mode'] === 'true';
    const protocol = old ? (queryMode ? json10WithQueryErrors : json10) : queryMode ? json11WithQueryErrors : json11;
    const prefix = target.slice(0, Math.max(dot, 0));
    // Older models have a package before it: `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101`.
    const entry = this.#byTarget.get(prefix) ?? this.#byTarget.get(prefix.slice(prefix.lastIndexOf('.') + 1));
    return { protocol, service: this.#host(entry), operationName: target.slice(dot + 1) };
  }

  /** `Version` alone says which service it is: all of them differ. Old versions fall back to the signing name. */
  #routeForm(request: WireRequest): Route | undefined {
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
    if (!isForm && !/(^|&)Action=/.test(request.query)) return undefined;
    const fields = fieldsOf(request);
    const entry =
      this.#byVersion.get(fields.get('Version') ?? '') ??
      this.#entries.filter(speaksQuery).find(({ signingName }) => signingName === signingNameOf(request));
    const protocol = entry?.protocol === 'aws.protocols#ec2Query' ? ec2Query : awsQuery;
    return { protocol, service: this.#host(entry), operationName: fields.get('Action') ?? '' };
  }

  #routeRest(request: WireRequest): Route | undefined {
    const signingName = signingNameOf(request);
    const over = endedService(signingName);
    if (over !== undefined) throw over;
    const entry = this.#entries.find((one) => one.signingName === signingName && one.protocol.endsWith('#restJson1'));
    const service = this.#host(entry);
    if (service === undefined) return undefined;
    const operation = matchRoute(service.model, request.method, request.path);
    return { protocol: restJson, service, operationName: operation?.name ?? '' };
  }

  /** Tables of services that Longshore lacks are read when first asked for, to tell their operations from nonsense. */
  #host(entry: ServiceEntry | undefined): HostedService | undefined {
    if (entry === undefined) return undefined;
    let service = this.#hosted.get(entry.name);
    if (service === undefined) {
      service = { entry, model: new ServiceModel(readServiceTable(entry.name)), definition: undefined };
      this.#hosted.set(entry.name, service);
    }
    return service;
  }
}

function speaksQuery({ protocol, name }: ServiceEntry): boolean {
  return protocol.endsWith('#awsQuery') || protocol.endsWith('#ec2Query') || name === 'cloudwatch';
}

function signingNameOf({ headers, query }: WireRequest): string | undefined {
  const authorization = readAuthorization(headers, query);
  return 'problem' in authorization ? undefined : authorization.service;
}

export interface Implemented {
  readonly operation: Operation;
  readonly definition: ServiceDefinition;
  readonly handler: Handler<never, object>;
}

/**
 * The handler a route leads to.
 * @throws ApiError UnknownOperationException or InvalidAction when AWS has no such operation, NotImplemented (HTTP 501)
 *   when only Longshore has not
 */
export function handlerOf({ protocol, service, operationName }: Route): Implemented {
  const operation = service?.model.operation(operationName);
  if (service === undefined || operation === undefined) throw unknownOperation(protocol, service, operationName);
  const { definition } = service;
  const handler = definition?.handlers[operation.name];
  if (definition === undefined || handler === undefined) {
    throw new ApiError('NotImplemented', `${operationName} is not implemented by Longshore`, { status: 501 });
  }
  return { operation, definition, handler };
}

function unknownOperation({ family }: WireProtocol, service: HostedService | undefined, name: string): ApiError {
  if (family === 'ec2') return new ApiError('InvalidAction', `The action ${name} is not valid for this web service.`);
  if (family === 'query') {
    if (name === '') return new ApiError('MissingAction', 'The request must contain the parameter Action');
    const version = service?.entry.version ?? 'NO_VERSION_SPECIFIED';
    return new ApiError('InvalidAction', `Could not find operation ${name} for version ${version}`);
  }
  const status = family === 'rest' ? 404 : 400;
  const where = service === undefined ? 'any AWS service Longshore knows' : service.entry.name;
  const message = name === '' ? 'The request names no operation' : `${name} is not an operation of ${where}`;
  return new ApiError('UnknownOperationException', message, { status });
}
