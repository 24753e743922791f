import { InvalidArgument } from '../../kernel/index.ts';
import type { Command } from '../command.ts';
import { endpoint, region, trust } from '../common-options.ts';
import { endsOf, reachabilityLines, type ReachabilityAnswer } from '../reachability-ends.ts';
import { signedClient } from '../signed-client.ts';

/** Load balancers have an interface in each zone; so many ways between two are looked at. */
const maxWays = 25;

/** `longshore explain reachability`: whether a connection gets through, and what decides that. */
export const explain: Command = {
  name: 'explain',
  summary: 'explain whether a connection from one task, address or load balancer to another gets through',
  about:
    "Names the security group rule, route or network ACL that decides, or what is missing:\n  longshore explain reachability web-alb 0f3c4e5d6a7b48c9a0b1c2d3e4f50617 8080\n  longshore explain reachability internet 172.31.0.9 443\nFROM and TO are a task's id or ARN, a network interface (eni-…), an IPv4 address, a load balancer's name or ARN, or 'internet'; TO may also be a host outside, such as api.ecr.us-east-1.amazonaws.com, for what a FARGATE task needs before it starts. It says what the control plane decides, not whether anything listens there. Signed with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, by default test / test. The exit code is 0 when every way gets through, else 1.",
  arguments: ['reachability', 'FROM', 'TO', 'PORT'],
  options: [
    endpoint,
    ...trust,
    region,
    { name: 'protocol', value: 'NAME', about: 'tcp, udp or icmp (then PORT is not looked at)', fallback: 'tcp' },
    { name: 'cluster', value: 'NAME', about: 'of tasks that are given by id', fallback: 'default' },
  ],
  async run(settings, { environment, print }) {
    if (settings.argument(0) !== 'reachability') {
      throw new InvalidArgument(`there is no 'explain ${settings.argument(0)}'; there is 'explain reachability'`);
    }
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
  },
};
