import { spawn } from 'node:child_process';
import type { ConnectListener } from '../../connect-protocol/index.ts';

/** Where the proxy really listens: an address of the task's loopback device that no name leads to, so that no container's port is in its way. */
export const proxyAddress = '127.255.255.254';
const table = 'longshore_service_connect';

/** The rules of a task's own network that lead from the names' addresses to the proxy. */
export function redirectScript(
  listeners: readonly (Pick<ConnectListener, 'address' | 'port'> & { readonly at: number })[],
): string {
  const lines = listeners.map(
    ({ address, port, at }) => `    ip daddr ${address} tcp dport ${port} dnat to ${proxyAddress}:${at}`,
  );
  return [
    `table ip ${table} {}`,
    `delete table ip ${table}`,
    `table ip ${table} {`,
    '  chain output {',
    '    type nat hook output priority -100; policy accept;',
    ...lines,
    '  }',
    '}',
    '',
  ].join('\n');
}

/** Runs nft in the network of this process. @throws Error with what it said */
export async function applyRedirects(script: string): Promise<void> {
  const child = spawn('nft', ['-f', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (piece: Buffer) => {
    said = (said + piece.toString()).slice(0, 2_000);
  });
  await new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`nft could not be run: ${error.message}`)));
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`nft refused the rules of a proxy: ${said.trim()}`)),
    );
    child.stdin.on('error', () => undefined); // its end says all
    child.stdin.end(script);
  });
}
