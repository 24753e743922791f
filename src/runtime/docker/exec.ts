import { readFile } from 'node:fs/promises';
import { messageOf } from '../../kernel/index.ts';
import type { Log } from '../../kernel/index.ts';
import type { ExecResult } from '../index.ts';
import { containerPath } from './containers.ts';
import type { EngineApi } from './engine-api.ts';
import { timedOut, unavailable } from './failures.ts';
import { FrameDecoder } from './frames.ts';
import { callTimeoutMs, maxExecOutputBytes } from './limits.ts';

interface ExecReply {
  readonly ExitCode: number | null;
  readonly Pid: number;
  readonly ContainerID: string;
}

/** Runs a command in a running container, its two outputs together. */
export async function exec(
  api: EngineApi,
  container: string,
  options: { readonly command: readonly string[]; readonly timeoutMs: number; readonly log: Log },
): Promise<ExecResult> {
  const body = { AttachStdout: true, AttachStderr: true, Tty: false, Cmd: options.command };
  const path = containerPath(container, '/exec');
  const created = await api.call({ method: 'POST', path, body, timeoutMs: callTimeoutMs.inspect });
  const { Id } = JSON.parse(created.body) as { Id: string };
  const startBody = { Detach: false, Tty: false };
  const start = { method: 'POST', path: `/exec/${Id}/start`, body: startBody, timeoutMs: options.timeoutMs } as const;
  const { readable } = await api.open(start, { upgrade: true });
  const late = timedOut(`the command ${JSON.stringify(options.command)} in container ${container}`, options.timeoutMs);
  const timer = setTimeout(() => readable.destroy(late), options.timeoutMs);
  let output = Buffer.alloc(0);
  const decoder = new FrameDecoder({ timestamps: false });
  try {
    for await (const bytes of readable as AsyncIterable<Buffer>) {
      for (const chunk of decoder.push(bytes)) {
        // What is too much is still read: a command whose pipe is full would never end.
        if (output.length < maxExecOutputBytes) output = Buffer.concat([output, chunk.bytes]);
      }
    }
  } catch (thrown) {
    if (thrown !== late) throw unavailable(api.connection.address, thrown);
    await endProcess(api, Id, options.log);
    throw late;
  } finally {
    clearTimeout(timer);
  }
  const { ExitCode } = await inspectExec(api, Id);
  return { exitCode: ExitCode ?? -1, output: output.subarray(0, maxExecOutputBytes).toString('utf8') };
}

async function inspectExec(api: EngineApi, id: string): Promise<ExecReply> {
  const reply = await api.call({ method: 'GET', path: `/exec/${id}/json`, timeoutMs: callTimeoutMs.inspect });
  return JSON.parse(reply.body) as ExecReply;
}

/**
 * Ends a command that ran too long: the engine lets it run on when its client goes away, and has no call to stop it.
 * Only where the engine's process ids are this machine's: the process must be in the container's cgroup.
 */
async function endProcess(api: EngineApi, id: string, log: Log): Promise<void> {
  const { Pid, ContainerID } = await inspectExec(api, id);
  if (Pid <= 0) return;
  try {
    const cgroups = await readFile(`/proc/${Pid}/cgroup`, 'utf8');
    if (!cgroups.includes(ContainerID)) throw new Error(`process ${Pid} of this machine is not in the container`);
    process.kill(Pid, 'SIGKILL');
  } catch (thrown) {
    log.warn('a command that timed out may still run', { container: ContainerID, pid: Pid, why: messageOf(thrown) });
  }
}
