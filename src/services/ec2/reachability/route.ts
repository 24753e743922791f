import { conditionValues, type OwnRoute, type RequestContext } from '../../../protocol/api/index.ts';
import type { Database } from '../../../store/index.ts';
import { invalidParameterValue } from '../errors.ts';
import { decideReachability, nameOf, type Reachability } from './decide.ts';
import type { Packet } from './packet.ts';
import { readEnd, type MachineOf } from './read-end.ts';
import { wayToHost } from '../task-ways/read-way.ts';

/** What the answer is made of, which its caller must be allowed to read. */
const readActions = ['DescribeNetworkInterfaces', 'DescribeRouteTables', 'DescribeSecurityGroups', 'DescribeSubnets'];

const tcp = 6;
/** A name with a dot that is no address. */
const hostName = /^(?=.*[a-z])[a-z0-9-]+(\.[a-z0-9-]+)+$/;

/** The answer: `from` and `to` as they were understood. */
export interface ReachabilityAnswer extends Reachability {
  readonly from: string;
  readonly to: string;
}

/** `GET /longshore/reachability?from=…&to=…&port=…&protocol=…`, signed for EC2. */
export function reachabilityRoute(database: Database, machineOf?: MachineOf): OwnRoute {
  return {
    path: '/longshore/reachability',
    signingName: 'ec2',
    answer(query, context): ReachabilityAnswer {
      authorize(context);
      const scope = { account: context.account, region: context.region };
      const from = readEnd(database, scope, query.get('from') ?? '', machineOf);
      const packet = readPacket(query.get('protocol') ?? 'tcp', query.get('port') ?? '');
      const text = query.get('to') ?? '';
      const { port } = packet;
      if (from.kind === 'interface' && packet.protocol === tcp && port !== undefined && hostName.test(text)) {
        const way = wayToHost(database, scope, { networkInterfaceId: from.id, host: text, port });
        if (way !== undefined) return { from: nameOf(from), to: text, reachable: way.reachable, steps: way.steps };
      }
      const to = readEnd(database, scope, text, machineOf);
      return { from: nameOf(from), to: nameOf(to), ...decideReachability({ from, to, packet }) };
    },
  };
}

function authorize(context: RequestContext): void {
  const keys = { 'ec2:Region': context.region };
  for (const name of readActions) {
    context.authorize({ action: `ec2:${name}`, resource: '*', context: conditionValues({ keys }) });
  }
}

/** @throws InvalidParameterValue */
function readPacket(protocol: string, port: string): Packet {
  if (protocol === 'icmp') return { protocol: 1, icmp: { type: 8, code: 0 } };
  if (protocol !== 'tcp' && protocol !== 'udp') {
    throw invalidParameterValue(`The protocol '${protocol}' is not tcp, udp or icmp`);
  }
  const number = Number(port);
  if (!/^\d{1,5}$/.test(port) || number > 65_535) {
    throw invalidParameterValue(`The port '${port}' is not a number from 0 to 65535`);
  }
  return { protocol: protocol === 'tcp' ? 6 : 17, port: number };
}
