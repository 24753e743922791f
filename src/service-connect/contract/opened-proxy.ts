import type { ConnectEndpoint, ConnectHost } from '../../connect-protocol/index.ts';
import { ConnectProxy } from '../proxy/connect-proxy.ts';

export const endpointId = 'arn:aws:servicediscovery:us-east-1:123456789012:service/srv-backend';

type Config = Omit<ConnectEndpoint, 'id' | 'hosts'>;

/** A proxy in this process with one endpoint; for tests only. */
export async function openProxy(given: Partial<Config>, hosts: readonly ConnectHost[]) {
  const config: Config = { protocol: 'http', idleTimeoutMs: 300_000, requestTimeoutMs: 15_000, ...given };
  const proxy = new ConnectProxy({
    listeners: [{ endpoint: endpointId, dnsName: 'backend', address: '127.255.0.1', port: 80 }],
    ingress: [],
  });
  const [listening] = await proxy.listen('127.0.0.1');
  let sequence = 0;
  /** Resolves when nothing is in flight to hosts that left. */
  const tell = (now: readonly ConnectHost[]): Promise<void> =>
    proxy.update({ sequence: ++sequence, endpoints: [{ id: endpointId, ...config, hosts: now }], removed: [] });
  await tell(hosts);
  return {
    proxy,
    tell,
    port: listening?.at ?? 0,
    figures: () => proxy.figures[0],
    close: () => proxy.close(),
  };
}
