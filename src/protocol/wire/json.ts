import { toText } from '../../kernel/index.ts';
import { ApiError } from '../api/index.ts';
import type { Operation, ServiceModel } from '../model/model.ts';
import { EventFrames } from './event-stream.ts';
import type { Answer, RawInput, WireProtocol, WireRequest } from './protocol.ts';
import { writeJson } from './json-writer.ts';

/** AWS JSON 1.0 and 1.1, which differ in the content type and in how errors are named. */
export class AwsJson implements WireProtocol {
  readonly family = 'json';
  readonly #version: '1.0' | '1.1';
  readonly #queryErrors: boolean;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param queryErrors errors also carry their query-protocol code, for clients that sent `x-amzn-query-mode` */
  constructor(version: '1.0' | '1.1', queryErrors: boolean) {
    this.#version = version;
    this.#queryErrors = queryErrors;
    this.#headers = { 'content-type': `application/x-amz-json-${version}` };
  }

  decode(_operation: Operation, request: WireRequest): RawInput {
    return { tree: parseJsonBody(request.body), strict: true };
  }

  encode(operation: Operation, output: object): Answer {
    if (operation.streamMember !== undefined) return eventStreamAnswer(operation, output);
    return {
      status: 200,
      headers: this.#headers,
      body: operation.hasOutput ? writeJson(operation.output, output) : '',
    };
  }

  encodeError(service: ServiceModel | undefined, error: ApiError): Answer {
    const model = service?.error(error.code);
    const name = model?.shape.name ?? error.code;
    const prefix = this.#version === '1.0' && model !== undefined ? `${service?.table.namespace}#` : '';
    const headers =
      this.#queryErrors && service?.table.queryCompatible === true
        ? { ...this.#headers, 'x-amzn-query-error': queryError(service, error) }
        : this.#headers;
    const body = JSON.stringify({ __type: prefix + name, ...errorMembers(service, error) });
    return { status: model?.status ?? error.status, headers, body };
  }
}

/** @throws ApiError SerializationException */
export function parseJsonBody(body: Uint8Array): unknown {
  if (body.byteLength === 0) return {};
  try {
    return JSON.parse(toText(body));
  } catch {
    throw new ApiError('SerializationException', 'The request body is not valid JSON');
  }
}

/** An error's message and other members, as JSON has them. */
export function errorMembers(service: ServiceModel | undefined, error: ApiError): object {
  const model = service?.error(error.code);
  const message = { [model?.messageName ?? 'message']: error.message };
  if (model === undefined) return message;
  const others = writeJson(model.shape, { ...error.members, [model.messageName]: undefined });
  return { ...message, ...(JSON.parse(toText(others)) as object) };
}

/** The value of `x-amzn-query-error`: the code old query clients know, and whose fault it was. */
export function queryError(service: ServiceModel, error: ApiError): string {
  const model = service.error(error.code);
  const status = model?.status ?? error.status;
  return `${model?.queryCode ?? error.code};${status >= 500 ? 'Receiver' : 'Sender'}`;
}

/** The answer of an operation that streams events. */
function eventStreamAnswer(operation: Operation, output: object): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/vnd.amazon.eventstream' },
    body: new EventFrames(operation, output),
  };
}
