import type { Server, Socket } from 'node:net';
import { connect, createServer, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ServerTrust } from '../../kernel/index.ts';
import { limits } from '../limits.ts';

/** Splices connections to the control plane's endpoint, so that an engine pulls over plain HTTP from loopback. A bounded number at a time. */
export function createSplice(endpoint: string, trust?: ServerTrust): Server {
  const url = new URL(endpoint);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const secure = url.protocol === 'https:';
  const port = Number(url.port || (secure ? 443 : 80));
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream: Socket = secure
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...trust })
      : connect({ host, port, allowHalfOpen: true, noDelay: true });
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    client.on('error', end);
    upstream.on('error', end);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  server.maxConnections = limits.apiForwardConnections;
  return server;
}
