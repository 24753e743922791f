import { describe, expect, test } from 'vitest';
import type { Clock } from '../../kernel/index.ts';
import { describeRuntimeContract } from '../contract/runtime-contract.ts';
import type { ProgramName } from '../contract/runtime-contract.ts';
import { EngineUnavailable } from '../runtime.ts';
import type { EngineEvent } from '../runtime.ts';
import { FakeRuntime } from './fake-runtime.ts';
import type { FakeProgram } from './program.ts';

const realClock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

const ready = [{ atMs: 0, stream: 'stdout', text: 'ready\n' }] as const;
const programs: Readonly<Record<ProgramName, FakeProgram>> = {
  talks: {
    exitAfterMs: 310,
    exitCode: 3,
    output: [
      { atMs: 0, stream: 'stdout', text: 'one\n' },
      { atMs: 0, stream: 'stderr', text: 'two\n' },
      { atMs: 300, stream: 'stdout', text: 'three\n' },
    ],
  },
  serves: { output: ready },
  stubborn: { output: ready, stopDelayMs: 'never' },
  healthy: { health: [{ atMs: 50, status: 'healthy' }] },
  broken: { failStart: 'exec: "/no/such/program": stat /no/such/program: no such file or directory: unknown' },
};

function fake(): FakeRuntime {
  const runtime = new FakeRuntime({ clock: realClock });
  for (const [name, program] of Object.entries(programs)) runtime.addImage(`${name}:1`, program);
  return runtime;
}

describeRuntimeContract('fake', async () => ({
  runtime: fake(),
  config: (program) => ({ Image: `${program}:1` }),
}));

describe('FakeRuntime', () => {
  test('pulls what its registry has, refuses the rest', async () => {
    const runtime = fake();
    runtime.addImage('web:1', {}, { remote: true });
    runtime.addImage('bad:1', { failPull: 'toomanyrequests: slow down' }, { remote: true });
    const options = { timeoutMs: 1_000, inactivityTimeoutMs: 1_000 };
    expect(await runtime.inspectImage('web:1')).toBeUndefined();
    await runtime.pullImage('web:1', options);
    expect(await runtime.inspectImage('web:1')).toMatchObject({ repoTags: ['web:1'] });
    await expect(runtime.pullImage('bad:1', options)).rejects.toThrow('toomanyrequests');
    await expect(runtime.pullImage('nonesuch:1', options)).rejects.toMatchObject({ status: 404 });
  });

  test('down, it answers nothing; back, it says so and its containers still run', async () => {
    const runtime = fake();
    const events: EngineEvent[] = [];
    runtime.events({}, (event) => events.push(event));
    const id = await runtime.create({ name: 'a', config: { Image: 'serves:1' } });
    await runtime.start(id);
    runtime.goDown();
    await expect(runtime.inspect(id)).rejects.toBeInstanceOf(EngineUnavailable);
    runtime.exit(id, 9);
    runtime.comeBack();
    expect(await runtime.inspect(id)).toMatchObject({ exitCode: 9 });
    expect(events.map((event) => event.type)).toEqual(['resync', 'create', 'start', 'interrupted', 'resync']);
  });

  test('host ports: given out, taken, freed', async () => {
    const runtime = fake();
    const spec = (name: string, HostPort: string) => ({
      name,
      config: { Image: 'serves:1', HostConfig: { PortBindings: { '80/tcp': [{ HostPort }] } } },
    });
    await runtime.create(spec('a', ''));
    await runtime.start('a');
    expect((await runtime.inspect('a'))?.ports).toEqual([
      { containerPort: 80, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 32_768 },
    ]);
    await runtime.create(spec('b', '8080'));
    await runtime.create(spec('c', '8080'));
    await runtime.start('b');
    await expect(runtime.start('c')).rejects.toThrow('port is already allocated');
    await runtime.stop('b', 1);
    await runtime.start('c');
  });

  test('joins the network only of a container that runs', async () => {
    const runtime = fake();
    const pause = await runtime.create({ name: 'pause', config: { Image: 'serves:1' } });
    const config = { Image: 'serves:1', HostConfig: { NetworkMode: `container:${pause}` } };
    const app = await runtime.create({ name: 'app', config });
    await expect(runtime.start(app)).rejects.toThrow('cannot join network of a non running container');
    await runtime.start(pause);
    await runtime.start(app);
    expect((await runtime.inspect(app))?.networkMode).toBe(`container:${pause}`);
  });
});
