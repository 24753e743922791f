import { access, constants, readFile } from 'node:fs/promises';
import { messageOf } from '../../kernel/index.ts';
import { emptyPicture, type NetworkCapabilities } from '../index.ts';
import { run } from './commands.ts';
import { freshCommands } from './policy/script.ts';
import { policyTable } from './policy/tables.ts';
import { tableScript } from './rules.ts';

const netAdmin = 12;
const sysAdmin = 21;
/** Two ends of a device that only exists while its creation is tried. */
const probeDevice = 'lsv-probe';

const install =
  'install iproute2, nftables and util-linux (Debian, Ubuntu: apt-get install iproute2 nftables util-linux)';

/** Finds out, by trying, whether this process can wire task networks on this machine. */
export async function probeCapabilities(): Promise<NetworkCapabilities> {
  const missing = await firstMissing();
  if (missing === undefined) return { awsvpc: true, anyPause: true, limitations: [] };
  const rest = 'Tasks with network mode awsvpc cannot run here, and 169.254.170.2 is not there for others';
  return { awsvpc: false, anyPause: true, missing, limitations: [`${rest}: ${missing}`] };
}

async function firstMissing(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `task networks need Linux, this is ${process.platform}.`;
  if (!(await hasRights()))
    return 'the agent needs root (CAP_NET_ADMIN and CAP_SYS_ADMIN): start it as root or with sudo.';
  for (const [program, parameter] of [
    ['ip', '-V'],
    ['nft', '--version'],
    ['nsenter', '--version'],
    ['lsns', '--version'],
  ] as const) {
    const failure = await failureOf(() => run(program, [parameter]));
    if (failure !== undefined) return `the program "${program}" does not run; ${install}. (${failure})`;
  }
  const forward = await failureOf(() => access('/proc/sys/net/ipv4/ip_forward', constants.W_OK));
  if (forward !== undefined)
    return `/proc/sys is read-only: run the agent outside a container, or in a privileged one. (${forward})`;
  const veth = await failureOf(tryVeth);
  if (veth !== undefined) return `the kernel makes no veth devices; load its module with "modprobe veth". (${veth})`;
  // Only checked by the kernel, not kept.
  const policy = freshCommands({ name: policyTable('probe') }, emptyPicture).map((line) => `${line}\n`);
  const rules = await failureOf(() => run('nft', ['-c', '-f', '-'], tableScript() + policy.join('')));
  if (rules !== undefined)
    return `nftables does not take the rules; it needs nft 0.9.4 and Linux 5.6, or newer, with nf_tables. (${rules})`;
  return undefined;
}

async function hasRights(): Promise<boolean> {
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  return [netAdmin, sysAdmin].every((bit) => ((effective >> BigInt(bit)) & 1n) === 1n);
}

async function tryVeth(): Promise<void> {
  const name = `${probeDevice}${process.pid % 1000}`;
  await run('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}p`]);
  await run('ip', ['link', 'delete', name]);
}

async function failureOf(attempt: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (thrown) {
    return messageOf(thrown);
  }
}
