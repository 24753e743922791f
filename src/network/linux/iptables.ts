import { messageOf } from '../../kernel/index.ts';
import { run } from './commands.ts';
import { interfacePrefix } from './names.ts';

/** Docker lets its own networks pass and drops the rest of what is forwarded; here it wants others' exceptions. */
const dockerChain = 'DOCKER-USER';
const rules = [
  ['-i', `${interfacePrefix}+`, '-j', 'ACCEPT'],
  ['-o', `${interfacePrefix}+`, '-j', 'ACCEPT'],
];
const wait = ['-w', '5'];

/**
 * Lets task interfaces pass a firewall made with iptables that drops what is forwarded: Docker's, or the administrator's.
 * Longshore's own table has the last word, as every drop has.
 */
export async function passFirewall(): Promise<void> {
  const chain = (await succeeds(['-n', '-L', dockerChain])) ? dockerChain : 'FORWARD';
  // No Docker, and nobody who drops: nothing is in the way.
  if (chain === 'FORWARD' && !(await dropsForwarded())) return;
  for (const rule of rules) {
    if (!(await succeeds(['-C', chain, ...rule]))) await run('iptables', [...wait, '-I', chain, ...rule]);
  }
}

export async function closeFirewall(): Promise<void> {
  for (const chain of [dockerChain, 'FORWARD']) {
    for (const rule of rules) {
      if (await succeeds(['-C', chain, ...rule])) await run('iptables', [...wait, '-D', chain, ...rule]);
    }
  }
}

async function dropsForwarded(): Promise<boolean> {
  const listed = await attempt(['-S', 'FORWARD']);
  return listed !== undefined && !listed.includes('-P FORWARD ACCEPT');
}

async function succeeds(parameters: readonly string[]): Promise<boolean> {
  return (await attempt(parameters)) !== undefined;
}

/** iptables answers no by its exit code, 1 or 2. Where it is not installed, no firewall was made with it. */
async function attempt(parameters: readonly string[]): Promise<string | undefined> {
  try {
    return await run('iptables', [...wait, ...parameters]);
  } catch (thrown) {
    const no = /ended with code [12]:/.test(messageOf(thrown));
    const absent = (thrown as { cause?: { code?: string } }).cause?.code === 'ENOENT';
    if (no || absent) return undefined;
    throw thrown;
  }
}
