import type { ConnectEndpoint } from '../../../connect-protocol/index.ts';
import type { Database } from '../../../store/index.ts';
import { connectEndpointKey, connectEndpoints } from '../records/connect-endpoint.ts';
import { tasks } from '../records/task.ts';

/** An endpoint as proxies know it, with the tasks that are its hosts now; undefined when it is not there. */
export function renderEndpoint(
  db: Database,
  discoveryArn: string,
): { readonly endpoint: ConnectEndpoint; readonly taskKeys: readonly string[] } | undefined {
  const row = db.get(connectEndpoints, connectEndpointKey(discoveryArn))?.row;
  if (row === undefined) return undefined;
  const table = db.table(tasks);
  const found = [...table.keys('connected', discoveryArn)].flatMap((key) => {
    const task = table.get(key)?.row;
    const address = task?.attachment?.privateIpv4Address;
    const port = task?.connect?.hosts.find((host) => host.discoveryArn === discoveryArn)?.port;
    return task === undefined || address === undefined || port === undefined
      ? []
      : [{ key, host: { id: task.id, address, port } }];
  });
  const { protocol, idleTimeoutMs, requestTimeoutMs } = row;
  return {
    endpoint: { id: discoveryArn, protocol, idleTimeoutMs, requestTimeoutMs, hosts: found.map(({ host }) => host) },
    taskKeys: found.map(({ key }) => key),
  };
}
