import { Resolver } from 'node:dns/promises';
import { NotFound } from '../../kernel/index.ts';
import { hostNameServer, nameServerPort } from '../../main/index.ts';
import type { Command } from '../command.ts';
import { loadBalancerPorts } from '../common-options.ts';

const answerMs = 2_000;
const highestOffset = 65_000;

/** `longshore resolve --name NAME`: where a load balancer listens on this machine. */
export const resolve: Command = {
  name: 'resolve',
  summary: 'print the address of a load balancer on this machine',
  about: `Asks Longshore's name server (${hostNameServer}) for a DNS name, such as a load balancer's, and prints its address:\n  curl --connect-to "::$(longshore resolve --name "$dns")" "http://$dns/"`,
  options: [{ name: 'name', value: 'NAME', about: 'the DNS name' }, loadBalancerPorts],
  async run(settings, context) {
    const name = settings.require('name');
    const port = nameServerPort + settings.integer('load-balancer-ports', 0, highestOffset);
    const resolver = new Resolver({ timeout: answerMs, tries: 1 });
    resolver.setServers([`${hostNameServer}:${port}`]);
    const [address] = await resolver.resolve4(name).catch((error: NodeJS.ErrnoException): string[] => {
      if (error.code === 'ENOTFOUND' || error.code === 'ENODATA') return [];
      throw new NotFound(
        `Longshore's name server does not answer at ${hostNameServer}:${port} (${error.code}): is longshore up running?`,
      );
    });
    if (address === undefined)
      throw new NotFound(`no load balancer has the name '${name}'; see aws elbv2 describe-load-balancers`);
    context.print(address);
    return 0;
  },
};
