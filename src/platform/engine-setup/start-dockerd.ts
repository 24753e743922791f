import { spawn } from 'node:child_process';
import { open, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Unavailable, Unsupported } from '../../kernel/index.ts';
import { engineSocket, pingEngine } from './find-engine.ts';
import { findProgram } from './machine.ts';
import { makeDirectories } from '../private-file.ts';

const startTimeoutMs = 60_000;
const stopTimeoutMs = 60_000;
const pollEveryMs = 100;
/** A containerd ends with the dockerd that started it; one that has not by then is taken over. */
const orphanPatienceMs = 5_000;
/** The kernel takes 107 bytes for a socket's path, and containerd puts one some way below the folder. */
const maxDirLength = 60;
const logTailLines = 8;

/**
 * Starts a dockerd with everything it keeps in one folder. It outlives this process, and its containers outlive it.
 * @throws Unavailable with the end of its log when it does not answer in time
 */
export async function startDockerd(engineDir: string): Promise<void> {
  const folder = resolve(engineDir);
  if (folder.length > maxDirLength) {
    throw new Unsupported(
      `the engine folder "${folder}" is too long for the sockets in it: at most ${maxDirLength} characters`,
    );
  }
  const dockerd = await findProgram('dockerd');
  if (dockerd === undefined) throw new Unsupported('dockerd is not installed; run: apt-get install docker.io');
  makeDirectories(folder, 0o711);
  if ((await dockerdPid(folder)) === undefined) await clearAfterKill(folder);
  const logPath = join(folder, 'dockerd.log');
  const log = await open(logPath, 'a');
  const child = spawn(dockerd, dockerdParameters(folder), {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    // dockerd starts iptables and containerd, which a user's PATH may not have.
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin` },
  });
  const ended: { why?: string } = {};
  child.on('error', (thrown) => (ended.why = thrown.message));
  child.on('exit', (code, signal) => (ended.why = `it ended with ${signal ?? `code ${code}`}`));
  await log.close();
  const address = `unix://${engineSocket(folder)}`;
  for (let waitedMs = 0; waitedMs < startTimeoutMs; waitedMs += pollEveryMs) {
    if (ended.why !== undefined) break;
    if (await answers(address)) return child.unref();
    await sleep(pollEveryMs);
  }
  if (ended.why === undefined) child.kill();
  const why = ended.why ?? `no answer in ${startTimeoutMs} ms`;
  throw new Unavailable(`dockerd did not start: ${why}. Its log, ${logPath}, ends with:\n${await tail(logPath)}`);
}

function dockerdParameters(folder: string): readonly string[] {
  return [
    ['--host', `unix://${engineSocket(folder)}`],
    ['--data-root', join(folder, 'data')],
    ['--exec-root', join(folder, 'exec')],
    ['--pidfile', pidFile(folder)],
    ['--live-restore'],
  ].flat();
}

/**
 * Stops the dockerd that was started in this folder, and no other. Its containers run on.
 * @returns false when none runs
 * @throws Unavailable when it does not end in time
 */
export async function stopDockerd(engineDir: string): Promise<boolean> {
  const folder = resolve(engineDir);
  const pid = await dockerdPid(folder);
  if (pid === undefined) return false;
  process.kill(pid, 'SIGTERM');
  for (let waitedMs = 0; waitedMs < stopTimeoutMs; waitedMs += pollEveryMs) {
    if ((await dockerdPid(folder)) === undefined) {
      await rm(pidFile(folder), { force: true });
      return true;
    }
    await sleep(pollEveryMs);
  }
  throw new Unavailable(`dockerd (process ${pid}) did not end in ${stopTimeoutMs} ms`);
}

/**
 * A killed dockerd leaves pid files, its own and its containerd's. The next one trusts any process with these numbers, also one that is
 * just ending: it refuses to start, or waits for a containerd that never answers.
 */
async function clearAfterKill(folder: string): Promise<void> {
  await rm(pidFile(folder), { force: true });
  for (let waitedMs = 0; waitedMs < orphanPatienceMs; waitedMs += pollEveryMs) {
    if ((await containerdPid(folder)) === undefined) return rm(containerdFile(folder, 'pid'), { force: true });
    await sleep(pollEveryMs);
  }
}

/** The dockerd that was started in this folder: the process of the pid file, when it is one with that very pid file. */
export async function dockerdPid(engineDir: string): Promise<number | undefined> {
  const file = pidFile(resolve(engineDir));
  return pidOf(file, { program: 'dockerd', argument: file });
}

function containerdPid(folder: string): Promise<number | undefined> {
  return pidOf(containerdFile(folder, 'pid'), { program: 'containerd', argument: containerdFile(folder, 'toml') });
}

/** The process of a pid file, when it is what it should be: numbers are used again, and one that has ended has no arguments. */
async function pidOf(
  file: string,
  { program, argument }: { readonly program: string; readonly argument: string },
): Promise<number | undefined> {
  const pid = Number((await textOf(file)).trim());
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const command = (await textOf(`/proc/${pid}/cmdline`)).split('\0');
  return command[0]?.endsWith(program) === true && command.includes(argument) ? pid : undefined;
}

function containerdFile(folder: string, ending: 'pid' | 'toml'): string {
  return join(folder, 'exec', 'containerd', `containerd.${ending}`);
}

function pidFile(folder: string): string {
  return join(folder, 'docker.pid');
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((thrown: { code?: string }) => {
    if (thrown.code === 'ENOENT' || thrown.code === 'ESRCH') return '';
    throw thrown;
  });
}

async function answers(address: string): Promise<boolean> {
  return pingEngine(address).then(
    () => true,
    () => false,
  );
}

async function tail(path: string): Promise<string> {
  return (await textOf(path)).trimEnd().split('\n').slice(-logTailLines).join('\n');
}
