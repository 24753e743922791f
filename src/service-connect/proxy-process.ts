// One task's proxy, started in the task's network namespace: node proxy-process.js FILE. It ends with the process that holds the namespace.
import { readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { messageOf } from '../kernel/index.ts';
import { limits } from './limits.ts';
import type { ProxyFile } from './proxy-file.ts';
import { adminServer } from './proxy/admin-server.ts';
import { ConnectProxy } from './proxy/connect-proxy.ts';
import { startOf } from './process-start.ts';
import { applyRedirects, proxyAddress, redirectScript } from './proxy/redirects.ts';

/** `nobody`: what containers send is read without the rights of the agent. */
const nobody = 65_534;

async function main(path: string): Promise<void> {
  const file = JSON.parse(readFileSync(path, 'utf8')) as ProxyFile;
  const proxy = new ConnectProxy(file.connect);
  const listening = await proxy.listen(proxyAddress);
  await applyRedirects(redirectScript(listening));
  await listenAt(
    adminServer(proxy, () => process.exit(0)),
    file.socket,
  );
  dropRights();
  endWith(file);
  process.stdout.write('ready\n');
}

async function listenAt(server: Server, socket: string): Promise<void> {
  rmSync(socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
}

function dropRights(): void {
  if (process.getuid?.() !== 0) return;
  process.setgroups?.([]);
  process.setgid?.(nobody);
  process.setuid?.(nobody);
}

function endWith({ holder }: ProxyFile): void {
  setInterval(() => {
    if (startOf(holder.pid) !== holder.start) process.exit(0);
  }, limits.lookMs);
}

process.on('SIGTERM', () => process.exit(0));
// The terminal's: the task goes on.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.stdout.on('error', () => undefined); // nobody reads what comes after `ready`

main(process.argv[2] ?? '').catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
});
