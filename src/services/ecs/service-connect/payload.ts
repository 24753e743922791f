import type { ConnectListener, TaskConnect } from '../../../connect-protocol/index.ts';
import type { Database } from '../../../store/index.ts';
import { serviceRevisions, type ConnectedEndpoints, type ServiceRevisionRecord } from '../records/service-revision.ts';
import type { TaskRecord } from '../records/task.ts';

/** What the proxy of a task does; undefined where its service has no Service Connect, or its revision is gone. */
export function payloadConnect(db: Database, { connect }: TaskRecord): TaskConnect | undefined {
  if (connect === undefined) return undefined;
  const revision = db.get(serviceRevisions, connect.revisionKey)?.row;
  return revision === undefined ? undefined : taskConnect(revision);
}

export function taskConnect({ connect, connected }: Pick<ServiceRevisionRecord, 'connect' | 'connected'>): TaskConnect {
  return {
    listeners: listenersOf(connected?.known ?? []),
    ingress: (connect?.ports ?? []).flatMap(
      ({ ingressPort, containerPort, protocol, idleTimeoutMs, requestTimeoutMs }) =>
        ingressPort === undefined
          ? []
          : [{ port: ingressPort, containerPort, protocol, idleTimeoutMs, requestTimeoutMs }],
    ),
  };
}

/** Each name has an address of its own, in the order of the endpoints: 127.255.0.1, 127.255.0.2… */
function listenersOf(known: ConnectedEndpoints['known']): readonly ConnectListener[] {
  const numbers = new Map<string, number>();
  return known.map(({ dnsName, port, endpoint }) => {
    const number = numbers.get(dnsName) ?? numbers.size + 1;
    numbers.set(dnsName, number);
    return { endpoint, dnsName, port, address: `127.255.${number >> 8}.${number & 255}` };
  });
}
