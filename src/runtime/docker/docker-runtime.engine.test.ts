import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { buildLocalImage } from '../../platform/engine-setup/index.ts';
import { describeRuntimeContract, until } from '../contract/runtime-contract.ts';
import type { ProgramName } from '../contract/runtime-contract.ts';
import { pauseImage } from '../index.ts';
import { DockerRuntime } from './docker-runtime.ts';

const address = process.env['LONGSHORE_ENGINE'] ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const state: { image: string } = { image: '' };

const scripts: Readonly<Record<Exclude<ProgramName, 'broken'>, string>> = {
  talks: 'echo one; echo two >&2; sleep 0.3; echo three; exit 3',
  serves: 'trap "exit 0" TERM; echo ready; while :; do sleep 0.05; done',
  stubborn: 'trap "" TERM; echo ready; while :; do sleep 0.05; done',
  healthy: 'sleep 600',
};

function connect(): DockerRuntime {
  return new DockerRuntime({ address, log: silentLog });
}

beforeAll(async () => {
  const runtime = connect();
  const { tar, reference } = await buildLocalImage();
  await runtime.loadImage(tar);
  state.image = reference;
  runtime.close();
});

describeRuntimeContract('docker', async () => ({
  runtime: connect(),
  config: (program) => {
    const Image = state.image;
    if (program === 'broken') return { Image, Cmd: ['/no/such/program'], Entrypoint: [] };
    const second = 1_000_000_000;
    const Healthcheck = { Test: ['CMD', 'true'], Interval: second, Timeout: second, Retries: 3 };
    const health = program === 'healthy' ? { Healthcheck } : {};
    return { Image, Entrypoint: [], Cmd: ['sh', '-c', scripts[program]], ...health };
  },
}));

describe('DockerRuntime', () => {
  async function withContainer<T>(config: object, use: (runtime: DockerRuntime, id: string) => Promise<T>): Promise<T> {
    const runtime = connect();
    const name = `longshore-docker-test-${process.pid}`;
    const id = await runtime.create({ name, config: { Image: state.image, Entrypoint: [], ...config } });
    try {
      return await use(runtime, id);
    } finally {
      await runtime.remove(id);
      runtime.close();
    }
  }

  test('the pause image runs, reaps, and ends with 0 at the stop signal', async () => {
    const { tar, reference } = pauseImage((await connect().info()).architecture, sha256);
    await connect().loadImage(tar);
    await withContainer(
      { Image: reference, Entrypoint: ['/pause'], HostConfig: { NetworkMode: 'none' } },
      async (runtime, id) => {
        await runtime.start(id);
        const before = await runtime.inspect(id);
        expect(before?.status).toBe('running');
        expect(readFileSync(`/proc/${before?.pid}/comm`, 'utf8').trim()).toBe('pause');
        await runtime.stop(id, 5);
        expect(await runtime.inspect(id)).toMatchObject({ status: 'exited', exitCode: 0 });
      },
    );
  });

  test('a terminal: one raw stream, and times when read back', async () => {
    await withContainer({ Tty: true, Cmd: ['sh', '-c', 'echo out; echo err >&2'] }, async (runtime, id) => {
      const attached = await runtime.attach(id);
      await runtime.start(id);
      let text = '';
      for await (const chunk of attached.chunks) text += new TextDecoder().decode(chunk.bytes);
      expect(text).toBe('out\r\nerr\r\n');
      const chunks = [];
      for await (const chunk of (await runtime.logs(id, 0)).chunks) chunks.push(chunk);
      expect(chunks.map((chunk) => new TextDecoder().decode(chunk.bytes)).join('')).toBe('out\r\nerr\r\n');
      expect(chunks.every((chunk) => Math.abs((chunk.timeMs ?? 0) - Date.now()) < 60_000)).toBe(true);
    });
  });

  test('a reader that stalls holds the container back, and gets everything in the end', async () => {
    const count = 1_000_000;
    const script = `seq 1 ${count}; echo done > /tmp/done`;
    await withContainer({ Cmd: ['sh', '-c', `${script}; sleep 600`] }, async (runtime, id) => {
      const stream = await runtime.attach(id);
      await runtime.start(id);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const finished = await runtime.exec(id, ['test', '-e', '/tmp/done'], { timeoutMs: 5_000 });
      expect(finished.exitCode).toBe(1);
      let text = '';
      for await (const chunk of stream.chunks) {
        text += new TextDecoder().decode(chunk.bytes);
        if (text.endsWith(`${count}\n`)) break;
      }
      expect(text.split('\n').slice(0, -1)).toEqual(Array.from({ length: count }, (_, index) => String(index + 1)));
    });
  });

  test('exec: both outputs, the code, at most 4 KiB; a command that takes too long is ended', async () => {
    await withContainer({ Cmd: ['sleep', '600'] }, async (runtime, id) => {
      await runtime.start(id);
      const both = await runtime.exec(id, ['sh', '-c', 'echo a; echo b >&2; exit 7'], { timeoutMs: 5_000 });
      expect(both.exitCode).toBe(7);
      expect(both.output.split('\n').toSorted()).toEqual(['', 'a', 'b']);
      const much = await runtime.exec(id, ['seq', '1', '100000'], { timeoutMs: 5_000 });
      expect([much.exitCode, much.output.length]).toEqual([0, 4096]);
      await expect(runtime.exec(id, ['sleep', '555'], { timeoutMs: 500 })).rejects.toThrow('within 500 ms');
      await until(async () => {
        const { output } = await runtime.exec(id, ['ps'], { timeoutMs: 5_000 });
        return !output.includes('sleep 555');
      });
    });
  });

  test('out of memory: exit 137 and the mark', async ({ skip }) => {
    const { kind, cgroupVersion } = await connect().info();
    if (kind === 'podman' && cgroupVersion === 1) skip('Podman does not set the mark under cgroup v1');
    const HostConfig = { Memory: 16 * 1024 * 1024, MemorySwap: 16 * 1024 * 1024 };
    await withContainer({ Cmd: ['sh', '-c', 'exec tail /dev/zero'], HostConfig }, async (runtime, id) => {
      await runtime.start(id);
      await until(async () => (await runtime.inspect(id))?.status === 'exited');
      expect(await runtime.inspect(id)).toMatchObject({ oomKilled: true, exitCode: 137 });
    });
  });

  test('a pull that the registry refuses says why', async () => {
    const runtime = connect();
    const pull = runtime.pullImage('127.0.0.1:1/none:1', { timeoutMs: 20_000, inactivityTimeoutMs: 20_000 });
    await expect(pull).rejects.toMatchObject({ name: 'EngineRefused', message: expect.stringContaining('refused') });
    runtime.close();
  });
});
