import { createRequire } from 'node:module';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';

// The SDK's own clients as the oracle: what they write we must read, what we write they must read.

/** `[9, namespace, name, traits, input, output]`, as SDK packages export it. */
export type OperationSchema = readonly [9, string, string, unknown, unknown, unknown];
/** `[-3, namespace, name, traits, memberNames, memberSchemas, requiredCount]`. */
export type ErrorSchema = readonly [-3, string, string, unknown, readonly string[], readonly unknown[], number?];

export interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
}

/** The part of an SDK protocol class that the tests use. */
export interface SdkProtocol {
  setSerdeContext(context: unknown): void;
  getShapeId(): string;
  serializeRequest(operation: object, input: object, context: object): Promise<SdkRequest>;
  deserializeResponse(operation: object, context: object, response: object): Promise<Record<string, unknown>>;
}

export interface SdkClient {
  readonly service: string;
  readonly signingName: string;
  readonly operations: readonly OperationSchema[];
  readonly errors: readonly ErrorSchema[];
  /** Every protocol the service may be spoken to in; each with its name. */
  readonly protocols: readonly { readonly name: string; readonly protocol: SdkProtocol }[];
  /** What protocol classes want beside the operation. */
  context(operationName: string): object;
}

interface ClientConfig {
  readonly protocol: SdkProtocol;
  readonly protocolSettings: { readonly serviceTarget: string };
  readonly defaultSigningName: string;
}
type ProtocolClass = new (settings: object) => SdkProtocol;

const require = createRequire(import.meta.url);
process.removeAllListeners('warning');

function loadPackage(packageName: string): { sdk: Record<string, unknown>; config: ClientConfig } {
  const sdk = require(`@aws-sdk/client-${packageName}`) as Record<string, unknown>;
  const found = Object.entries(sdk).find(
    ([key, value]) => key.endsWith('Client') && typeof value === 'function' && key !== '__Client',
  );
  const Client = found?.[1] as new (options: object) => { readonly config: ClientConfig };
  return { sdk, config: new Client({ region: 'us-east-1' }).config };
}

/** The protocol of a client as its class, to be made again for other services. */
function protocolClass(packageName: string): ProtocolClass {
  return loadPackage(packageName).config.protocol.constructor as unknown as ProtocolClass;
}

/** The SDK's client of one of our services. */
export function sdkClient(service: string, packageName: string): SdkClient {
  const { sdk, config } = loadPackage(packageName);
  const schemas = Object.values(sdk).filter((value) => Array.isArray(value)) as unknown as readonly (
    | OperationSchema
    | ErrorSchema
  )[];
  const native = config.protocol;
  const protocols = [{ name: native.getShapeId(), protocol: native }];
  const others: ProtocolClass[] = [];
  if (native.getShapeId().includes('awsJson')) others.push(SmithyRpcV2CborProtocol as unknown as ProtocolClass);
  if (service === 'cloudwatch') others.push(protocolClass('sts'), protocolClass('ecs'));
  for (const Other of others) {
    const protocol = new Other(config.protocolSettings);
    protocol.setSerdeContext(config);
    protocols.push({ name: protocol.getShapeId(), protocol });
  }
  return {
    service,
    signingName: config.defaultSigningName,
    operations: schemas.filter((schema) => schema[0] === 9),
    errors: schemas.filter((schema) => schema[0] === -3),
    protocols,
    context: (operationName) => ({
      ...config,
      endpoint: async () => ({ protocol: 'http:', hostname: 'localhost', path: '/' }),
      __smithy_context: { service: config.protocolSettings.serviceTarget, operation: operationName },
    }),
  };
}

/** An operation as protocol classes want it. */
export function operationObject([, namespace, name, traits, input, output]: OperationSchema): object {
  return { namespace, name, traits, input, output };
}
