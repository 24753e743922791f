/**
 * What the container engine itself takes to start a process, and what a pooled network sandbox saves: create + start of the same
 * container in four networks, in turn, and the wiring of a network alone. Needs root and an engine (LONGSHORE_ENGINE). Run: npx tsx bench/engine-floor.ts [rounds]
 */
import { createHash } from 'node:crypto';
import { silentLog } from '../src/kernel/index.ts';
import type { TaskInterface } from '../src/network/index.ts';
import { openNetwork } from '../src/network/contract/index.ts';
import { openLinuxNetwork } from '../src/network/linux/index.ts';
import { buildLocalImage } from '../src/platform/engine-setup/index.ts';
import type { DockerRuntime } from '../src/runtime/docker/index.ts';
import { pauseImage } from '../src/runtime/index.ts';
import { openEngine } from './engine.ts';

const label = { 'longshore.bench': String(process.pid) };
const rounds = Number(process.argv[2] ?? 20);

interface Bench {
  readonly runtime: DockerRuntime;
  readonly image: string;
  readonly pauseReference: string;
  /** Wires the next address of a VPC of the bench's own. */
  readonly wire: (pid: number) => Promise<void>;
}

/** Milliseconds from the first call to the running process. */
type Variant = (bench: Bench, name: string) => Promise<number>;

const variants: Readonly<Record<string, Variant>> = {
  bridge: (bench, name) => timed(() => launch(bench, name, 'bridge')),
  host: (bench, name) => timed(() => launch(bench, name, 'host')),
  'pause, then join it': (bench, name) =>
    timed(async () => {
      const { id, pid } = await startPause(bench, `${name}-pause`);
      await bench.wire(pid);
      await launch(bench, name, `container:${id}`);
    }),
  'pooled pause': async (bench, name) => {
    const { id, pid } = await startPause(bench, `${name}-pause`);
    return timed(async () => {
      // What a task needs besides its container is done beside its creation, as the agent does it.
      const wired = bench.wire(pid);
      const container = await create(bench, name, `container:${id}`);
      await wired;
      await bench.runtime.start(container);
    });
  },
  'attach alone': async (bench, name) => {
    const { pid } = await startPause(bench, `${name}-pause`);
    return timed(() => bench.wire(pid));
  },
};

await main();

async function main(): Promise<void> {
  const { runtime } = await openEngine();
  const network = await openNetwork(await openLinuxNetwork({ owner: `bench-${process.pid}`, log: silentLog }));
  await network.prepare();
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const info = await runtime.info();
  const pause = pauseImage(info.architecture, sha256);
  const image = await buildLocalImage();
  for (const { tar } of [pause, image]) await runtime.loadImage(tar);
  let count = 1;
  const wire = (pid: number): Promise<void> => network.attach(benchInterface((count += 1)), { id: '', pid });
  const bench: Bench = { runtime, image: image.reference, pauseReference: pause.reference, wire };
  try {
    console.log(`${info.kind} ${info.version}, ${info.cpus} CPUs, ${rounds} rounds, milliseconds`);
    report(await measure(bench));
  } finally {
    await removeAll(bench);
    await network.destroy();
    runtime.close();
  }
}

async function measure(bench: Bench): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map<string, number[]>(Object.keys(variants).map((name) => [name, []]));
  // The first round warms up and does not count.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, [name, variant]] of Object.entries(variants).entries()) {
      const tookMs = await variant(bench, `longshore-bench-${process.pid}-${round}-${index}`);
      if (round > 0) times.get(name)?.push(tookMs);
      await removeAll(bench);
    }
  }
  return times;
}

function report(times: ReadonlyMap<string, readonly number[]>): void {
  const bridge = times.get('bridge') ?? [];
  for (const [name, values] of times) {
    const paired = values.map((value, round) => value / (bridge[round] ?? value));
    const cells = [quantile(values, 0), quantile(values, 0.5), quantile(values, 0.9)].map((value) =>
      value.toFixed(0).padStart(5),
    );
    console.log(`${name.padEnd(22)} min, p50, p90 ${cells.join('')}   of bridge ${quantile(paired, 0.5).toFixed(2)}`);
  }
}

function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await run();
  return performance.now() - startMs;
}

async function create(bench: Bench, name: string, networkMode: string, image = bench.image): Promise<string> {
  const HostConfig = { NetworkMode: networkMode };
  const Cmd = image === bench.image ? { Cmd: ['sleep', '600'] } : {};
  return bench.runtime.create({ name, config: { Image: image, Labels: label, HostConfig, ...Cmd } });
}

async function launch(bench: Bench, name: string, networkMode: string): Promise<void> {
  await bench.runtime.start(await create(bench, name, networkMode));
}

async function startPause(bench: Bench, name: string): Promise<{ readonly id: string; readonly pid: number }> {
  const id = await create(bench, name, 'none', bench.pauseReference);
  await bench.runtime.start(id);
  return { id, pid: (await bench.runtime.inspect(id))?.pid ?? 0 };
}

function benchInterface(count: number): TaskInterface {
  const [high, low] = [Math.floor(count / 200), (count % 200) + 2];
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  return {
    id: `eni-0bec0000000${hex(high)}${hex(low)}00`,
    macAddress: `0a:58:0a:d8:${hex(high)}:${hex(low)}`,
    address: `10.216.${high}.${low}`,
    prefixLength: 16,
    gateway: '10.216.0.1',
    vpcPrefixes: ['10.216.0.0/16'],
  };
}

async function removeAll({ runtime }: Bench): Promise<void> {
  for (const container of await runtime.list(label)) await runtime.remove(container.id);
}
