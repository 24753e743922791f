import { toText } from '../../kernel/index.ts';
import type { ApiError } from '../api/index.ts';
import type { Operation, ServiceModel } from '../model/model.ts';
import { ec2Dialect, formToTree, parseForm, queryDialect } from './form.ts';
import type { Answer, RawInput, WireProtocol, WireRequest } from './protocol.ts';
import { escapeXml, writeXmlMembers } from './write-xml.ts';

const xmlHeaders = { 'content-type': 'text/xml;charset=UTF-8' };
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** The fields of a request of the query protocols: its form body, or the query string of a GET. */
export function fieldsOf(request: WireRequest): Map<string, string> {
  return parseForm(request.body.byteLength > 0 ? toText(request.body) : request.query);
}

/** The AWS query protocol: forms in, XML with a result element out. */
export const awsQuery: WireProtocol = {
  family: 'query',

  decode(operation: Operation, request: WireRequest): RawInput {
    return { tree: formToTree(operation.input, fieldsOf(request), queryDialect), strict: false };
  },

  encode({ name, service, hasOutput, output: shape }: Operation, output: object, requestId: string): Answer {
    const result = hasOutput ? `<${name}Result>${writeXmlMembers(shape, output)}</${name}Result>` : '';
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    const body = `<${name}Response xmlns="${service.table.xmlNamespace}">${result}${metadata}</${name}Response>`;
    return { status: 200, headers: xmlHeaders, body };
  },

  encodeError(service: ServiceModel | undefined, error: ApiError, requestId: string): Answer {
    const model = service?.error(error.code);
    const status = model?.queryStatus ?? error.status;
    const members =
      model === undefined ? '' : writeXmlMembers(model.shape, { ...error.members, [model.messageName]: undefined });
    const type = status >= 500 ? 'Receiver' : 'Sender';
    const detail =
      `<Error><Type>${type}</Type><Code>${escapeXml(model?.queryCode ?? error.code)}</Code>` +
      `<Message>${escapeXml(error.message)}</Message>${members}</Error>`;
    const xmlns = service?.table.xmlNamespace === undefined ? '' : ` xmlns="${service.table.xmlNamespace}"`;
    const body = `<ErrorResponse${xmlns}>${detail}<RequestId>${requestId}</RequestId></ErrorResponse>`;
    return { status, headers: xmlHeaders, body };
  },
};

/** EC2's dialect: flat lists, no result element, `requestId` first, `return` where there is nothing to say. */
export const ec2Query: WireProtocol = {
  family: 'ec2',

  decode(operation: Operation, request: WireRequest): RawInput {
    return { tree: formToTree(operation.input, fieldsOf(request), ec2Dialect), strict: false };
  },

  encode({ name, service, hasOutput, output: shape }: Operation, output: object, requestId: string): Answer {
    const members = hasOutput ? writeXmlMembers(shape, output) : '<return>true</return>';
    // The slash belongs to the namespace on the wire; the SDK's model lacks it.
    const start = `<${name}Response xmlns="${service.table.xmlNamespace}/"><requestId>${requestId}</requestId>`;
    return { status: 200, headers: xmlHeaders, body: `${declaration}${start}${members}</${name}Response>` };
  },

  encodeError(_service: ServiceModel | undefined, error: ApiError, requestId: string): Answer {
    const detail = `<Error><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message></Error>`;
    const body = `${declaration}<Response><Errors>${detail}</Errors><RequestID>${requestId}</RequestID></Response>`;
    return { status: error.status, headers: xmlHeaders, body };
  },
};
