import type { Database } from '../../../store/index.ts';
import { networkInterfaceKey, networkInterfaces } from '../records/network-interface.ts';
import type { Scope } from '../records/scope.ts';
import { decideReachability } from './decide.ts';
import { interfaceEnd } from './read-end.ts';

const tcp = 6;

/** Whether one network interface of an account and region reaches a TCP port of another; none reaches, or is reached, that is gone. */
export function interfaceReaches(
  database: Database,
): (scope: Scope, from: string, to: string, port: number) => boolean {
  return (scope, from, to, port) => {
    const isThere = (id: string): boolean =>
      database.get(networkInterfaces, networkInterfaceKey(scope, id)) !== undefined;
    if (!isThere(from) || !isThere(to)) return false;
    const packet = { protocol: tcp, port };
    return decideReachability({
      from: interfaceEnd(database, scope, from),
      to: interfaceEnd(database, scope, to),
      packet,
    }).reachable;
  };
}
