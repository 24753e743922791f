import { toText } from '../../../kernel/index.ts';
import { ApiError, type RawAnswer, type RawRequest, type RawRoute } from '../../../protocol/api/index.ts';
import type { SsmDeps } from '../core.ts';
import { maxRegistrationBytes } from '../limits.ts';
import { registerInstance, renewCredentials, type Registered } from './registering.ts';

const prefix = '/longshore/managed-instances';
const longestText = 256;
/** A secret that can be guessed is none. */
const shortestSecret = 32;

/**
 * `POST /longshore/managed-instances` registers a machine with an activation, `POST /longshore/managed-instances/mi-…/credentials` renews the
 * credentials of its role. A machine signs neither, it has no keys yet; it proves itself by the activation's code, then by a secret of its own.
 * Longshore's own: the protocol of Amazon's SSM agent for this is not public.
 */
export function managedInstancesRoute(deps: SsmDeps): RawRoute {
  return {
    prefix,
    async handle(request) {
      try {
        return answerOf(await take(deps, request));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return json(error.status, { __type: error.code, message: error.message });
      }
    },
  };
}

async function take(deps: SsmDeps, request: RawRequest): Promise<Registered> {
  const instanceId = /^\/(mi-[0-9a-f]{17})\/credentials$/.exec(request.path.slice(prefix.length))?.[1];
  if (request.method !== 'POST' || (instanceId === undefined && request.path !== prefix))
    throw new ApiError('ValidationException', `${request.method} ${request.path} is nothing that a machine can ask`);
  const input = await bodyOf(request);
  const secret = textOf(input, 'secret');
  if (secret.length < shortestSecret)
    throw new ApiError('ValidationException', `secret must have at least ${shortestSecret} characters`);
  const facts = {
    secret,
    ipAddress: request.sourceIp,
    agentVersion: textOf(input, 'agentVersion'),
    computerName: textOf(input, 'computerName'),
    platformName: textOf(input, 'platformName'),
    platformVersion: textOf(input, 'platformVersion'),
  };
  if (instanceId !== undefined) return renewCredentials(deps, { ...facts, instanceId });
  const activationId = textOf(input, 'activationId');
  return registerInstance(deps, { ...facts, activationId, activationCode: textOf(input, 'activationCode') });
}

async function bodyOf(request: RawRequest): Promise<object> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > maxRegistrationBytes)
      throw new ApiError('ValidationException', `the request is larger than ${maxRegistrationBytes} bytes`);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  try {
    const value: unknown = JSON.parse(toText(whole));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // said below
  }
  throw new ApiError('ValidationException', 'the request is no JSON object');
}

function textOf(input: object, name: string): string {
  const value: unknown = (input as Readonly<Record<string, unknown>>)[name];
  if (typeof value !== 'string' || value === '' || value.length > longestText)
    throw new ApiError('ValidationException', `${name} must be a text of 1 to ${longestText} characters`);
  return value;
}

function answerOf({ instanceId, region, credentials }: Registered): RawAnswer {
  const { expirationMs, ...keys } = credentials;
  return json(200, { instanceId, region, ...keys, expirationMs });
}

function json(status: number, body: object): RawAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
