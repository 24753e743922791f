import { createInterface } from 'node:readline';
import { messageOf, silentLog } from '../../../../kernel/index.ts';
import type { Underlay } from '../../../../network-protocol/index.ts';
import type { PolicyChange, TaskInterface } from '../../../index.ts';
import { openLinuxNetwork } from '../../linux-network.ts';

/** What a machine in a test is told to do, one line of JSON each; it answers each with a line. */
export type HostOrder =
  | { readonly do: 'apply'; readonly change: PolicyChange }
  | { readonly do: 'attach'; readonly wanted: TaskInterface; readonly pid: number }
  | { readonly do: 'detach'; readonly wanted: TaskInterface }
  | { readonly do: 'destroy' };

const [owner = '', underlay = ''] = process.argv.slice(2);
const network = await openLinuxNetwork({
  owner,
  underlay: () => Promise.resolve(JSON.parse(underlay) as Underlay),
  log: silentLog,
});
await network.prepare();

async function carryOut(order: HostOrder): Promise<void> {
  switch (order.do) {
    case 'apply':
      return network.enforcer.apply(order.change);
    case 'attach':
      return network.attach(order.wanted, { id: '', pid: order.pid });
    case 'detach':
      return network.detach(order.wanted);
    default:
      return network.destroy();
  }
}

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await carryOut(JSON.parse(line) as HostOrder).then(
    () => 'done',
    (error: unknown) => `failed: ${messageOf(error).replaceAll('\n', ' ')}`,
  );
  console.log(answer);
}
