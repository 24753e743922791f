import { messageOf } from '../../kernel/index.ts';
import type { Log } from '../../kernel/index.ts';
import { run } from './commands.ts';
import { interfacePrefix } from './names.ts';

/** Docker lets its own networks pass and drops the rest of what is forwarded; this chain is where it wants others' exceptions. */
const chain = 'DOCKER-USER';
const rules = [
  ['-i', `${interfacePrefix}+`, '-j', 'ACCEPT'],
  ['-o', `${interfacePrefix}+`, '-j', 'ACCEPT'],
];
const wait = ['-w', '5'];

/** Lets task interfaces pass Docker's firewall, where there is one. Longshore's own table has the last word, as every drop has. */
export async function passDockerFirewall(log: Log): Promise<void> {
  if (!(await succeeds(['-n', '-L', chain]))) {
    log.debug('no DOCKER-USER chain: nothing to let task interfaces through');
    return;
  }
  for (const rule of rules) {
    if (!(await succeeds(['-C', chain, ...rule]))) await run('iptables', [...wait, '-I', chain, ...rule]);
  }
}

export async function closeDockerFirewall(): Promise<void> {
  for (const rule of rules) {
    if (await succeeds(['-C', chain, ...rule])) await run('iptables', [...wait, '-D', chain, ...rule]);
  }
}

/** iptables answers questions by its exit code: 1 for no. Without iptables there is no firewall made with it. */
async function succeeds(parameters: readonly string[]): Promise<boolean> {
  try {
    await run('iptables', [...wait, ...parameters]);
    return true;
  } catch (thrown) {
    const no = /ended with code [12]:/.test(messageOf(thrown));
    const absent = (thrown as { cause?: { code?: string } }).cause?.code === 'ENOENT';
    if (no || absent) return false;
    throw thrown;
  }
}
