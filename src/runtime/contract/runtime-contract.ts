import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EngineRefused } from '../runtime.ts';
import type { ContainerRuntime, ContainerSpec, EngineEvent, LogStream } from '../runtime.ts';

/** What the containers of the suite do; each engine under test has its own way to say it. */
export type ProgramName =
  /** Prints `one` to stdout, `two` to stderr, waits 300 ms, prints `three` to stdout, exits 3. */
  | 'talks'
  /** Runs until SIGTERM, then exits 0. */
  | 'serves'
  /** Runs, ignores SIGTERM. */
  | 'stubborn'
  /** Runs, with a health check that turns healthy. */
  | 'healthy'
  /** Cannot be started: its program does not exist. */
  | 'broken';

export interface RuntimeUnderTest {
  readonly runtime: ContainerRuntime;
  /** The config for a program; the suite adds name and labels. */
  config(program: ProgramName): ContainerSpec['config'];
}

const runLabel = 'longshore.contract';
const waitLimitMs = 20_000;

/** Every container engine behaves like this. Containers it makes carry the label `longshore.contract`, and are removed. */
export function describeRuntimeContract(name: string, open: () => Promise<RuntimeUnderTest>): void {
  describe(`container runtime: ${name}`, () => {
    const state: { subject?: RuntimeUnderTest; run: string; count: number } = { run: '', count: 0 };
    const runtime = (): ContainerRuntime => subjectOf(state).runtime;

    beforeEach(async () => {
      state.subject = await open();
      state.run = `${name}-${process.pid}-${(state.count += 1)}`;
    });
    afterEach(async () => {
      const leftovers = await runtime().list({ [runLabel]: state.run });
      await Promise.all(leftovers.map((container) => runtime().remove(container.id)));
      runtime().close();
    });

    const create = (program: ProgramName, more: Partial<ContainerSpec> = {}): Promise<string> => {
      const base = subjectOf(state).config(program);
      const labels = { ...base.Labels, [runLabel]: state.run };
      const config = { ...base, ...more.config, Labels: labels };
      return runtime().create({ name: more.name ?? `longshore-contract-${state.run}-${(state.count += 1)}`, config });
    };
    const watch = async (): Promise<EngineEvent[]> => {
      const events: EngineEvent[] = [];
      runtime().events({ [runLabel]: state.run }, (event) => events.push(event));
      await until(() => events.some((event) => event.type === 'resync'));
      return events;
    };

    test('a container is created, runs, ends with its code, is removed', async () => {
      const id = await create('talks');
      expect(await runtime().inspect(id)).toMatchObject({ id, status: 'created', pid: 0 });
      await runtime().start(id);
      await until(async () => (await runtime().inspect(id))?.status === 'exited');
      const ended = await runtime().inspect(id);
      expect(ended).toMatchObject({ exitCode: 3, oomKilled: false, pid: 0, labels: { [runLabel]: state.run } });
      expect(Date.parse(ended?.finishedAt ?? '')).toBeGreaterThan(Date.parse(ended?.startedAt ?? ''));
      await runtime().remove(id);
      expect(await runtime().inspect(id)).toBeUndefined();
      await runtime().remove(id);
    });

    test('a running container has a process id and no exit code; starting it again changes nothing', async () => {
      const id = await create('serves');
      await runtime().start(id);
      const first = await runtime().inspect(id);
      expect(first).toMatchObject({ status: 'running' });
      expect(first?.pid).toBeGreaterThan(0);
      expect(first).not.toHaveProperty('exitCode');
      await runtime().start(id);
      expect((await runtime().inspect(id))?.pid).toBe(first?.pid);
    });

    test('list finds by all labels, running or not', async () => {
      const created = await create('serves');
      const running = await create('serves');
      await runtime().start(running);
      const found = await runtime().list({ [runLabel]: state.run });
      expect(new Map(found.map(({ id, status }) => [id, status]))).toEqual(
        new Map([
          [created, 'created'],
          [running, 'running'],
        ]),
      );
      expect(await runtime().list({ [runLabel]: state.run, other: 'label' })).toEqual([]);
    });

    test('attached before start, every byte arrives, streams apart, and the stream ends with the container', async () => {
      const id = await create('talks');
      const stream = await runtime().attach(id);
      await runtime().start(id);
      expect(await readAll(stream)).toEqual({ stdout: 'one\nthree\n', stderr: 'two\n' });
    });

    test('logs reads back what was written, with times, and follows to the end', async () => {
      const id = await create('talks');
      await runtime().start(id);
      const stream = await runtime().logs(id, 0);
      const times: number[] = [];
      expect(await readAll(stream, times)).toEqual({ stdout: 'one\nthree\n', stderr: 'two\n' });
      expect(Math.min(...times)).toBeGreaterThan(0);
      const info = await runtime().inspect(id);
      const later = await runtime().logs(id, Date.parse(info?.startedAt ?? '') + 150);
      expect(await readAll(later)).toEqual({ stdout: 'three\n', stderr: '' });
    });

    test('a closed log stream ends without an error', async () => {
      const id = await create('serves');
      await runtime().start(id);
      const stream = await runtime().attach(id);
      setTimeout(() => stream.close(), 50);
      expect(await readAll(stream)).toEqual({ stdout: '', stderr: '' });
      expect((await runtime().inspect(id))?.status).toBe('running');
    });

    test('stop: the signal is obeyed', async () => {
      const id = await create('serves');
      await runtime().start(id);
      await started(runtime(), id);
      await runtime().stop(id, 10);
      expect(await runtime().inspect(id)).toMatchObject({ status: 'exited', exitCode: 0 });
      await runtime().stop(id, 10);
    });

    test('stop: SIGKILL after the timeout', async () => {
      const id = await create('stubborn');
      await runtime().start(id);
      await started(runtime(), id);
      await runtime().stop(id, 1);
      expect(await runtime().inspect(id)).toMatchObject({ status: 'exited', exitCode: 137, oomKilled: false });
    });

    test('kill ends it; a second kill is refused', async () => {
      const id = await create('stubborn');
      await runtime().start(id);
      await runtime().kill(id, 'SIGKILL');
      await until(async () => (await runtime().inspect(id))?.status === 'exited');
      await expect(runtime().kill(id, 'SIGKILL')).rejects.toMatchObject({ name: 'EngineRefused', status: 409 });
    });

    test('remove ends a running container', async () => {
      const id = await create('stubborn');
      await runtime().start(id);
      await Promise.all([runtime().remove(id), runtime().remove(id)]);
      expect(await runtime().inspect(id)).toBeUndefined();
    });

    test('events tell create, start, die with its code, destroy, in order, of these labels only', async () => {
      const events = await watch();
      const other = await runtime().create({
        name: `longshore-contract-other-${state.run}`,
        config: subjectOf(state).config('serves'),
      });
      await runtime().remove(other);
      const id = await create('talks');
      await runtime().start(id);
      await until(() => events.some((event) => event.type === 'die'));
      await runtime().remove(id);
      await until(() => events.some((event) => event.type === 'destroy'));
      const seen = events.flatMap((event) => ('labels' in event ? [event] : []));
      expect(seen.map((event) => event.type)).toEqual(['create', 'start', 'die', 'destroy']);
      expect(seen.every((event) => event.id === id && event.labels[runLabel] === state.run)).toBe(true);
      expect(seen.find((event) => event.type === 'die')?.exitCode).toBe(3);
    });

    test('a closed watch is silent', async () => {
      const events: EngineEvent[] = [];
      const subscription = runtime().events({ [runLabel]: state.run }, (event) => events.push(event));
      await until(() => events.length > 0);
      subscription.close();
      await create('serves');
      await runtime().list({});
      expect(events).toEqual([{ type: 'resync' }]);
    });

    test('a health check shows in inspect and as an event', async ({ skip }) => {
      if ((await runtime().info()).kind === 'podman')
        skip('Podman runs health checks by systemd timers: the agent probes');
      const events = await watch();
      const id = await create('healthy');
      await runtime().start(id);
      expect((await runtime().inspect(id))?.health?.status).toBe('starting');
      await until(() => events.some((event) => event.type === 'health'));
      expect(events.find((event) => event.type === 'health')).toMatchObject({ id, health: 'healthy' });
      expect((await runtime().inspect(id))?.health).toMatchObject({ status: 'healthy', exitCode: 0 });
    });

    test('exec needs a running container', async () => {
      const id = await create('serves');
      await expect(runtime().exec(id, ['true'], { timeoutMs: 5_000 })).rejects.toBeInstanceOf(EngineRefused);
      await runtime().start(id);
      expect(await runtime().exec(id, ['true'], { timeoutMs: 5_000 })).toEqual({ exitCode: 0, output: '' });
    });

    test('stats of a running container; none of another', async () => {
      const id = await create('serves');
      expect(await runtime().stats(id)).toBeUndefined();
      await runtime().start(id);
      expect((await runtime().stats(id))?.memoryBytes).toBeGreaterThan(0);
      expect(await runtime().stats('longshore-contract-nonesuch')).toBeUndefined();
    });

    test('a name can be used once', async () => {
      const id = await create('serves', { name: `longshore-contract-${state.run}-once` });
      const again = create('serves', { name: `longshore-contract-${state.run}-once` });
      await expect(again).rejects.toMatchObject({ status: 409, message: expect.stringContaining(id) });
    });

    test('refusals carry the status and the text of the engine', async () => {
      const image = create('serves', { config: { Image: 'longshore-contract/nonesuch:1' } });
      await expect(image).rejects.toMatchObject({ status: 404, message: expect.stringMatching(/no such image/i) });
      await expect(runtime().start('longshore-contract-nonesuch')).rejects.toMatchObject({ status: 404 });
      const id = await create('broken');
      await expect(runtime().start(id)).rejects.toMatchObject({ message: expect.stringContaining('no/such/program') });
      expect(await runtime().inspect(id)).toMatchObject({ status: 'created', pid: 0 });
    });

    test('volumes are made once, found, removed', async () => {
      const volume = `longshore-contract-${state.run}`;
      await runtime().createVolume({ name: volume, labels: { [runLabel]: state.run } });
      await runtime().createVolume({ name: volume, labels: { [runLabel]: state.run } });
      expect(await runtime().inspectVolume(volume)).toMatchObject({ name: volume, driver: 'local' });
      await runtime().removeVolume(volume);
      await runtime().removeVolume(volume);
      expect(await runtime().inspectVolume(volume)).toBeUndefined();
    });

    test('networks are made once; a container has its address there until it is taken out', async () => {
      const network = `longshore-contract-${state.run}`;
      const labels = { [runLabel]: state.run };
      const subnet = { subnet: '10.214.0.0/24', gateway: '10.214.0.1', device: 'lsb-contract', internal: false };
      const names = async () => (await runtime().listNetworks(labels)).map(({ name: found }) => found);
      const inNetwork = (count: number): Partial<ContainerSpec> => ({
        config: {
          ...subjectOf(state).config('serves'),
          MacAddress: `0a:58:0a:d6:00:0${count}`,
          HostConfig: { NetworkMode: network },
          NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: '10.214.0.9' } } } },
        },
      });
      await runtime().createNetwork({ name: network, labels, ...subnet });
      try {
        await runtime().createNetwork({ name: network, labels, ...subnet });
        expect(await names()).toEqual([network]);
        const other = runtime().createNetwork({ name: `${network}-other`, labels, ...subnet, device: 'lsb-other' });
        await expect(other).rejects.toMatchObject({ status: 403, message: expect.stringContaining('overlaps') });
        const id = await create('serves', inNetwork(1));
        await runtime().start(id);
        const endpoint = { network, address: '10.214.0.9', macAddress: '0a:58:0a:d6:00:01' };
        expect(await runtime().inspect(id)).toMatchObject({ networks: [endpoint], addresses: ['10.214.0.9'] });
        const second = await create('serves', inNetwork(2));
        await expect(runtime().start(second)).rejects.toMatchObject({
          message: expect.stringContaining('Address already in use'),
        });
        expect(await runtime().removeNetwork(network)).toBe(false);
        for (let time = 0; time < 2; time += 1) await runtime().disconnect(network, id);
        expect((await runtime().inspect(id))?.networks).toEqual([]);
        await runtime().start(second);
        await runtime().remove(second);
        await runtime().disconnect(network, second);
      } finally {
        await removeNetwork(runtime(), network, state.run);
      }
      expect(await runtime().removeNetwork(network)).toBe(true);
      await runtime().disconnect(network, 'longshore-contract-nonesuch');
      expect(await names()).toEqual([]);
    });

    test('images: an unknown one is not there; removing it is no error', async () => {
      expect(await runtime().inspectImage('longshore-contract/nonesuch:1')).toBeUndefined();
      await runtime().removeImage('longshore-contract/nonesuch:1');
    });

    test('the list of images has those of containers, by the same id', async () => {
      const id = await create('serves');
      const info = await runtime().inspect(id);
      const image = (await runtime().listImages()).find((one) => one.id === info?.imageId);
      expect(image?.references.length).toBeGreaterThan(0);
      const [summary] = await runtime().list({ [runLabel]: state.run });
      expect(summary?.imageId).toBe(info?.imageId);
    });
  });
}

async function removeNetwork(runtime: ContainerRuntime, network: string, run: string): Promise<void> {
  for (const { id } of await runtime.list({ [runLabel]: run })) await runtime.remove(id);
  await runtime.removeNetwork(network);
}

function subjectOf(state: { readonly subject?: RuntimeUnderTest }): RuntimeUnderTest {
  if (state.subject === undefined) throw new Error('the runtime under test is not open');
  return state.subject;
}

/** A shell that is told to stop before it has set its trap would not obey. */
async function started(runtime: ContainerRuntime, id: string): Promise<void> {
  const stream = await runtime.logs(id, 0);
  for await (const chunk of stream.chunks) if (chunk.bytes.length > 0) break;
  stream.close();
}

async function readAll(stream: LogStream, times: number[] = []): Promise<{ stdout: string; stderr: string }> {
  const text = { stdout: '', stderr: '' };
  for await (const chunk of stream.chunks) {
    text[chunk.stream] += new TextDecoder().decode(chunk.bytes);
    if (chunk.timeMs !== undefined) times.push(chunk.timeMs);
  }
  return text;
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + waitLimitMs;
  while (!(await condition())) {
    if (Date.now() > deadlineMs) throw new Error(`this did not become true in ${waitLimitMs} ms: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
