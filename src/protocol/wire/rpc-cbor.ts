import type { ApiError } from '../api/index.ts';
import type { Operation, ServiceModel } from '../model/model.ts';
import { decodeCbor } from './cbor-reader.ts';
import { CborWriter } from './cbor-writer.ts';
import { queryError } from './json.ts';
import type { Answer, RawInput, WireProtocol, WireRequest } from './protocol.ts';

const protocolHeader = { 'smithy-protocol': 'rpc-v2-cbor' };
const headers = { ...protocolHeader, 'content-type': 'application/cbor' };

/** Smithy RPC v2 CBOR: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
export class RpcCbor implements WireProtocol {
  readonly family = 'json';
  readonly #queryErrors: boolean;

  /** @param queryErrors errors also carry their query-protocol code, for clients that sent `x-amzn-query-mode` */
  constructor(queryErrors: boolean) {
    this.#queryErrors = queryErrors;
  }

  decode(_operation: Operation, request: WireRequest): RawInput {
    return { tree: request.body.byteLength === 0 ? {} : decodeCbor(request.body), strict: true };
  }

  encode(operation: Operation, output: object): Answer {
    if (!operation.hasOutput) return { status: 200, headers: protocolHeader, body: '' };
    const writer = new CborWriter();
    writer.structure(operation.output, output);
    return { status: 200, headers, body: writer.take() };
  }

  encodeError(service: ServiceModel | undefined, error: ApiError): Answer {
    const model = service?.error(error.code);
    const writer = new CborWriter();
    const others = model?.shape.members.filter(
      ({ name }) => name !== model.messageName && error.members[name] !== undefined && error.members[name] !== null,
    );
    writer.map(2 + (others?.length ?? 0));
    writer.text('__type');
    writer.text(model === undefined ? error.code : `${service?.table.namespace}#${model.shape.name}`);
    writer.text(model?.messageName ?? 'message');
    writer.text(error.message);
    for (const member of others ?? []) writer.member(member, error.members[member.name]);
    const withQuery =
      this.#queryErrors && service?.table.queryCompatible === true
        ? { ...headers, 'x-amzn-query-error': queryError(service, error) }
        : headers;
    return { status: model?.status ?? error.status, headers: withQuery, body: writer.take() };
  }
}
