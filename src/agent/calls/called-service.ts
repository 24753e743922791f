import type { IncomingHttpHeaders } from 'node:http';
import type { CalledService } from '../../agent-protocol/index.ts';

/** The head of a request as far as it says which service is called. */
export interface CallHead {
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

const scope = /Credential=[^,\s/]+\/\d{8}\/([a-z0-9-]{1,32})\/([a-z0-9-]{1,64})\/aws4_request/g;

/**
 * Which service of which region a request is for: what its signature says, because the control plane verifies that and answers as that; of a request
 * to the registry, whose passwords are no signatures, the registry of its host's region, else of `region`.
 * @returns undefined for what is signed for no service: the control plane does nothing for it, or, such as its health, AWS has nothing like it
 */
export function calledService({ url = '', headers }: CallHead, region: string): CalledService | undefined {
  const { host = '', authorization } = headers;
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  if (path === '/v2' || path.startsWith('/v2/')) return { service: 'ecr.dkr', region: registryRegion(host) ?? region };
  const text = authorization ?? presigned(query === -1 ? '' : url.slice(query + 1));
  const [, inRegion, name] = [...text.matchAll(scope)].at(-1) ?? [];
  if (inRegion === undefined || name === undefined) return undefined;
  return { service: endpointName(name, host), region: inRegion };
}

function registryRegion(host: string): string | undefined {
  return /^\d{12}\.dkr\.ecr\.([a-z0-9-]{1,32})\.amazonaws\.com(?::\d+)?$/.exec(host)?.[1];
}

/** As in a header. */
function presigned(query: string): string {
  if (!query.includes('X-Amz-Credential=')) return '';
  return `Credential=${new URLSearchParams(query).getAll('X-Amz-Credential').at(-1) ?? ''}`;
}

/** The last part of the name of a service's endpoint, by the name it is signed with. */
function endpointName(signed: string, host: string): string {
  if (signed === 'ecr') return 'ecr.api';
  // SDKs put `data-` before the host for DiscoverInstances, which has an endpoint of its own.
  if (signed === 'servicediscovery' && host.startsWith('data-')) return 'data-servicediscovery';
  return signed;
}
