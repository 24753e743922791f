import { ApiError } from '../api/index.ts';
import { leafFromText } from '../model/leaf.ts';
import type { Member, Operation, ServiceModel } from '../model/model.ts';
import { errorMembers, parseJsonBody } from './json.ts';
import type { Answer, RawInput, WireProtocol, WireRequest } from './protocol.ts';
import { writeJson } from './json-writer.ts';

// Bindings of members to headers and whole bodies do not exist in our services; scripts/generate.mjs refuses them.

const headers = { 'content-type': 'application/json' };

/** REST with JSON bodies: members in the path, the query string and the body. */
export const restJson: WireProtocol = {
  family: 'rest',

  decode(operation: Operation, request: WireRequest): RawInput {
    const tree = parseJsonBody(request.body);
    if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return { tree, strict: true };
    const members = tree as Record<string, unknown>;
    for (const [name, text] of matchPath(operation, request.path) ?? []) {
      const member = operation.input.byName.get(name);
      if (member !== undefined) members[name] = leafFromText(member.target, text);
    }
    const query = parseQuery(request.query);
    for (const member of operation.input.members) {
      const { httpQuery } = member.target.traits;
      if (httpQuery !== undefined) members[member.name] = fromQuery(member, query.get(httpQuery));
    }
    return { tree: members, strict: true };
  },

  encode(operation: Operation, output: object): Answer {
    const body = operation.hasOutput ? writeJson(operation.output, output) : '';
    return { status: operation.http?.[2] ?? 200, headers, body };
  },

  encodeError(service: ServiceModel | undefined, error: ApiError): Answer {
    const model = service?.error(error.code);
    return {
      status: model?.status ?? error.status,
      headers: { ...headers, 'x-amzn-errortype': model?.shape.name ?? error.code },
      body: JSON.stringify(errorMembers(service, error)),
    };
  },
};

function fromQuery({ target }: Member, values: readonly string[] | undefined): unknown {
  if (values === undefined) return undefined;
  if (target.type === 'list') return values.map((value) => leafFromText(target.item, value));
  return leafFromText(target, values[0] ?? '');
}

function parseQuery(query: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const pair of query === '' ? [] : query.split('&')) {
    const [name = '', ...value] = pair.split('=');
    const key = decode(name);
    const values = found.get(key) ?? [];
    values.push(decode(value.join('=').replaceAll('+', ' ')));
    found.set(key, values);
  }
  return found;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ApiError('SerializationException', 'The request URI has malformed percent-encoding');
  }
}

/** The operation of `service` that a request line means; the template with more literal segments wins. */
export function matchRoute(service: ServiceModel, method: string, path: string): Operation | undefined {
  let best: Operation | undefined;
  for (const name of service.operationNames()) {
    const operation = service.operation(name);
    if (operation?.http?.[0] !== method || matchPath(operation, path) === undefined) continue;
    if (best === undefined || literals(operation) > literals(best)) best = operation;
  }
  return best;
}

function templateOf(operation: Operation): readonly string[] {
  return segments(operation.http?.[1] ?? '');
}

function literals(operation: Operation): number {
  return templateOf(operation).filter((segment) => !segment.startsWith('{')).length;
}

/** Clients may add a slash at the end. */
function segments(path: string): readonly string[] {
  return path.replace(/^\//, '').replace(/\/$/, '').split('/');
}

/** Labels and their values; undefined when the path is not the operation's. */
function matchPath(operation: Operation, path: string): readonly (readonly [string, string])[] | undefined {
  const template = templateOf(operation);
  const given = segments(path);
  if (given.length !== template.length) return undefined;
  const labels: [string, string][] = [];
  for (const [index, part] of template.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith('{')) {
      if (value === '') return undefined;
      labels.push([part.slice(1, -1), decode(value)]);
    } else if (part !== value) return undefined;
  }
  return labels;
}
