import type { CommandContext } from './command.ts';
import type { Settings } from './options.ts';
import { endsOf, reachabilityLines, type ReachabilityAnswer } from './reachability-ends.ts';
import { signedClient } from './signed-client.ts';

/** Load balancers have an interface in each zone; so many ways between two are looked at. */
const maxWays = 25;

/** `longshore explain reachability`: whether a connection gets through, and what decides that. */
export async function explainReachability(
  settings: Settings,
  { environment, print }: Pick<CommandContext, 'environment' | 'print'>,
): Promise<number> {
  const client = signedClient(settings, environment);
  const cluster = settings.require('cluster');
  const protocol = settings.require('protocol');
  const port = settings.argument(3);
  const sources = await endsOf(client, settings.argument(1), cluster);
  const targets = await endsOf(client, settings.argument(2), cluster);
  const ways = sources.flatMap((from) => targets.map((to) => ({ from, to }))).slice(0, maxWays);
  let reachable = true;
  for (const way of ways) {
    const answer = await client.own<ReachabilityAnswer>('ec2', '/longshore/reachability', { ...way, port, protocol });
    const packet = protocol === 'icmp' ? 'ICMP' : `${protocol.toUpperCase()} port ${port}`;
    for (const line of reachabilityLines(answer, packet)) print(line);
    reachable &&= answer.reachable;
  }
  return reachable ? 0 : 1;
}
