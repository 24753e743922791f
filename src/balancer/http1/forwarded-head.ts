import { limits } from '../limits.ts';
import { splitHost } from '../model/rules.ts';
import type { LoadBalancerAttributes } from '../../balancer-protocol/index.ts';
import type { RequestHead } from './request-head.ts';

/** What the load balancer tells targets about a client. */
export interface ClientFacts {
  readonly address: string;
  readonly port: number;
  readonly protocol: 'http' | 'https';
  readonly listenerPort: number;
}

/** The part of a request that both HTTP versions have. */
export type ForwardedParts = Pick<RequestHead, 'forwardedFor' | 'traceId' | 'host' | 'hostHeader'>;

/** The head that a target gets over HTTP/1.1, with its empty line. `traceId`: for a new trace, see `TraceIds`. */
export function forwardedHead(
  head: RequestHead,
  client: ClientFacts,
  settings: { readonly attributes: LoadBalancerAttributes; readonly dnsName: string },
  traceId: string,
): string {
  const forwardedFor = forwardedForValue(head.forwardedFor, client, settings.attributes);
  return (
    `${head.method} ${head.target} HTTP/1.1\r\n` +
    (forwardedFor === '' ? '' : `X-Forwarded-For: ${forwardedFor}\r\n`) +
    `X-Forwarded-Proto: ${client.protocol}\r\nX-Forwarded-Port: ${client.listenerPort}\r\n` +
    `Host: ${hostValue(head, client, settings)}\r\nX-Amzn-Trace-Id: ${traceValue(head.traceId, traceId)}\r\n` +
    head.kept +
    (head.upgrade === '' ? '\r\n' : `Upgrade: ${head.upgrade}\r\nConnection: Upgrade\r\n\r\n`)
  );
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html */
export function forwardedForValue(before: string, client: ClientFacts, attributes: LoadBalancerAttributes): string {
  switch (attributes.xffHeaderProcessing) {
    case 'remove':
      return '';
    case 'preserve':
      return before;
    case 'append': {
      const address = attributes.xffClientPort ? withPort(client) : client.address;
      return before === '' ? address : `${before}, ${address}`;
    }
  }
}

function withPort({ address, port }: ClientFacts): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Unless it is preserved, the Host names the listener's port, except the protocol's own port. */
export function hostValue(
  head: ForwardedParts,
  client: ClientFacts,
  { attributes, dnsName }: { readonly attributes: LoadBalancerAttributes; readonly dnsName: string },
): string {
  if (attributes.preserveHostHeader && head.hostHeader !== '') return head.hostHeader;
  const { name, port } = splitHost(head.host === '' ? dnsName : head.host);
  const usual = client.protocol === 'http' ? 80 : 443;
  if (port === '') return client.listenerPort === usual ? name : `${name}:${client.listenerPort}`;
  return port === String(usual) && client.listenerPort === usual ? name : `${name}:${port}`;
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html */
export function traceValue(before: string, fresh: string): string {
  if (before === '' || before.length > limits.traceHeaderCharacters) return `Root=${fresh}`;
  const fields = before.split(';').map((field) => field.trim());
  if (!fields.some((field) => field.startsWith('Root='))) return `Root=${fresh};${before}`;
  return [`Self=${fresh}`, ...fields.filter((field) => field !== '' && !field.startsWith('Self='))].join(';');
}
