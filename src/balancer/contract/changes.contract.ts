import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { createServer } from 'node:net';
import type { TargetConfig } from '../../balancer-protocol/index.ts';
import { startBackend, startRawBackend, type Backend } from './backend.ts';
import { RawClient } from './raw-client.ts';
import {
  ask,
  attributes,
  checked,
  eventually,
  forward,
  group,
  keepAliveAgent,
  listener,
  type Answer,
  type World,
} from './world.ts';

const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const slowMs = 400;
/** How many histories are tried under load: more, where somebody looks for what happens seldom. */
const histories = Number(process.env['LONGSHORE_TEST_HISTORIES'] ?? 6);

/** What changes under traffic: targets that drain, listeners that come and go; and that no request fails of it. */
export function describeChanges(open: () => Promise<World>): void {
  describe('changes under traffic', () => {
    let a: Backend;
    let b: Backend;
    let world: World;
    beforeAll(async () => {
      const named = (name: string): Promise<Backend> =>
        startBackend(name, (request, response) => {
          const delayMs = request.url === '/slow' ? slowMs : 0;
          setTimeout(() => response.end(name), delayMs);
        });
      [a, b] = await Promise.all([named('a'), named('b')]);
    });
    afterAll(() => Promise.all([a.stop(), b.stop()]));
    afterEach(() => world.plane.close());
    const draining = (backend: Backend, withinMs = 60_000): TargetConfig =>
      backend.target({ state: 'draining', drainDeadlineMs: Date.now() + withinMs });
    const keyOf = (backend: Backend): { targetGroupArn: string; id: string; port: number } => ({
      targetGroupArn: 'A',
      id: backend.address,
      port: backend.port,
    });

    test('[BL-30] a draining target finishes what it has, gets nothing new, keeps no idle connection and is reported once', async () => {
      world = await open();
      await world.set([group('A', [a.target()])], [listener([forward('A')])]);
      const agent = keepAliveAgent();
      const under = [world.get('/slow', { agent }), world.get('/', { agent })];
      await under[1];
      await eventually(() => world.plane.inFlight(keyOf(a)) === 1);
      await world.set([group('A', [draining(a), b.target()])]);
      expect(world.drained).toEqual([]);
      for (let i = 0; i < 4; i += 1) expect((await world.get('/', { agent })).body).toBe('b');
      expect((await under[0])?.body).toBe('a');
      await eventually(() => world.drained.length > 0);
      expect(world.drained).toEqual([keyOf(a)]);
      await eventually(() => a.connections.open.size === 0);
      await world.set([group('A', [draining(a), b.target()])]);
      expect(world.drained).toEqual([keyOf(a)]);
      await world.set([group('A', [a.target()])]);
      expect((await world.get('/', { agent })).body).toBe('a');
      await world.set([group('A', [draining(a)])]);
      await eventually(() => world.drained.length === 2);
      expect((await world.get('/', { agent })).status).toBe(503);
      agent.destroy();
    });

    test('[BL-31] at its deadline a draining target is reported, and what it still had is ended', async () => {
      world = await open();
      const stuck = await startRawBackend('stuck', (socket) => socket.resume());
      await world.set([group('A', [stuck.target()])], [listener([forward('A')])]);
      const lost = world.get('/');
      await eventually(() => world.plane.inFlight(keyOf(stuck)) === 1);
      await world.set([group('A', [draining(stuck, 300)])]);
      expect((await lost).status).toBe(502);
      await eventually(() => world.drained.length === 1 && world.plane.inFlight(keyOf(stuck)) === 0);
      await stuck.stop();
    });

    test('[BL-32] a listener that goes away finishes its answers, ends idle connections and takes none', async () => {
      world = await open();
      await world.set([group('A', [a.target()])], [listener([forward('A')])]);
      const idle = await RawClient.open(world.address, 8000);
      idle.send(get);
      await idle.until((text) => text.endsWith('a'));
      const busy = await RawClient.open(world.address, 8000);
      busy.send(get.replace('/', '/slow'));
      await eventually(() => world.plane.inFlight(keyOf(a)) === 1);
      await world.remove();
      expect(await idle.untilEnd()).not.toMatch(/connection: close/i);
      expect(await busy.untilEnd()).toMatch(/connection: close\r\n(?:[^\r]*\r\n)*\r\na$/i);
      await expect(world.get()).rejects.toThrow('ECONNREFUSED');
    });

    test('[BL-32] a listener takes new rules and a new port, and connections that are open follow', async () => {
      world = await open();
      await world.set([group('A', [a.target()]), group('B', [b.target()])], [listener([forward('A')])]);
      const client = await RawClient.open(world.address, 8000);
      client.send(get);
      await client.until((text) => text.endsWith('a'));
      await world.set([], [listener([forward('B')], { port: 8001 })]);
      client.send(get);
      await client.until((text) => text.endsWith('b'));
      expect((await world.get('/', { port: 8001 })).body).toBe('b');
      await expect(world.get()).rejects.toThrow('ECONNREFUSED');
      client.close();
    });

    test('[BL-32] requests of connections from before a change say whose they are once', async () => {
      world = await open();
      const echo = await startBackend('echo', (request, response) => response.end(JSON.stringify(request.headers)));
      await world.set([group('A', [echo.target()]), group('B', [echo.target()])], [listener([forward('A')])]);
      const agent = keepAliveAgent();
      const before = JSON.parse((await world.get('/', { agent })).body) as Record<string, string>;
      await world.set([], [listener([forward('B')])]);
      const after = JSON.parse((await world.get('/', { agent })).body) as Record<string, string>;
      expect(before['x-forwarded-for']).toBe('127.0.0.1');
      expect(after['x-forwarded-for']).toBe('127.0.0.1');
      expect(after['x-amzn-trace-id']).toMatch(/^Root=/);
      agent.destroy();
      await echo.stop();
    });

    test('[BL-34] a port in use is reported, and the listener opens when it is free', async () => {
      world = await open();
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(8000, world.address, resolve));
      await world.set([group('A', [a.target()])], [listener([forward('A')])]);
      expect(world.listeners).toEqual([{ arn: 'listener', problem: expect.stringContaining('is in use') }]);
      await new Promise((resolve) => other.close(resolve));
      await eventually(() => world.listeners.length === 2, 10_000);
      expect(world.listeners[1]).toEqual({ arn: 'listener', problem: '' });
      expect((await world.get()).body).toBe('a');
    });

    test('[BL-35] the complete configuration removes what it does not name, and leaves the rest as it was', async () => {
      world = await open();
      await world.set([group('A', [a.target()])], [listener([forward('A')])]);
      const client = await RawClient.open(world.address, 8000);
      client.send(get);
      await client.until((text) => text.endsWith('a'));
      await world.setAll();
      client.send(get);
      await client.until((text) => text.endsWith('aa') || text.split('\r\n\r\na').length === 3);
      await world.plane.apply({
        complete: true,
        loadBalancers: [],
        removedLoadBalancers: [],
        targetGroups: [],
        removedTargetGroups: [],
      });
      await client.untilEnd();
      await expect(world.get()).rejects.toThrow('ECONNREFUSED');
    });

    test(
      '[BL-33] no request fails while targets come, go, fail and drain under continuous load',
      async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(
              fc.constantFrom('replace', 'add', 'remove', 'unhealthy', 'healthy', 'rules', 'all', 'kill' as const),
              {
                minLength: 4,
                maxLength: 12,
              },
            ),
            async (steps) => {
              world = await open();
              const failures = await underLoad(world, steps as readonly Step[]);
              await world.plane.close();
              expect(failures).toEqual([]);
            },
          ),
          { numRuns: histories },
        );
      },
      histories * 10_000,
    );
  });
}

type Step = 'replace' | 'add' | 'remove' | 'unhealthy' | 'healthy' | 'rules' | 'all' | 'kill';

/** Keeps 8 clients calling while the steps happen as a scheduler would make them: new targets first, old ones stopped once they have drained. */
async function underLoad(world: World, steps: readonly Step[]): Promise<readonly string[]> {
  const fleet = new Fleet(world);
  await fleet.add();
  await fleet.add();
  await fleet.apply(true);
  const failures: string[] = [];
  const load = { running: true };
  const agent = keepAliveAgent();
  const clients = Array.from({ length: 8 }, async (_, client) => {
    for (let i = 0; load.running; i += 1) {
      const post = (client + i) % 3 === 0;
      const body = post ? `body of ${client} ${i}` : '';
      const options = {
        host: world.address,
        port: 8000,
        method: post ? 'POST' : 'GET',
        ...(client % 2 === 0 ? { agent } : { agent: false as const }),
      };
      const answer = await ask(options, body).catch((error: Error): Answer => ({
        status: 0,
        headers: {},
        body: error.message,
      }));
      if (answer.status !== 200 || answer.body !== `ok ${body}`)
        failures.push(`${options.method} ${answer.status} ${answer.body}`);
    }
  });
  for (const step of steps) {
    await fleet.step(step);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  load.running = false;
  await Promise.all(clients);
  agent.destroy();
  await fleet.stop();
  return failures;
}

/** The targets of a service, as its scheduler changes them. */
class Fleet {
  readonly #world: World;
  #live: Backend[] = [];
  #draining: Backend[] = [];
  #unhealthy = new Set<Backend>();
  readonly #pending = new Map<Backend, { requests: number }>();
  #rules = 0;

  constructor(world: World) {
    this.#world = world;
  }

  async add(): Promise<Backend> {
    const pending = { requests: 0 };
    const backend = await startBackend('ok', (_request, response, body) => {
      pending.requests += 1;
      response.on('close', () => {
        pending.requests -= 1;
      });
      setTimeout(() => response.end(`ok ${body.toString()}`), Math.random() * 8);
    });
    this.#pending.set(backend, pending);
    this.#live.push(backend);
    return backend;
  }

  async apply(first = false): Promise<void> {
    const targets = [
      ...this.#live.map((one) => one.target()),
      ...this.#draining.map((one) => one.target({ state: 'draining', drainDeadlineMs: Date.now() + 10_000 })),
    ];
    const groups = [group('A', targets, checked), group('B', targets, checked)];
    const rules = [forward(this.#rules % 2 === 0 ? 'A' : 'B')];
    await this.#world.set(groups, first || this.#rules > 0 ? [listener(rules, {})] : undefined, { attributes });
  }

  async #drain(backend: Backend): Promise<void> {
    this.#live = this.#live.filter((one) => one !== backend);
    this.#draining.push(backend);
    const before = this.#world.drained.length;
    await this.apply();
    await eventually(
      () => this.#world.drained.slice(before).filter(({ id }) => id === backend.address).length === 2,
      10_000,
    );
    this.#draining = this.#draining.filter((one) => one !== backend);
    await this.apply();
    await backend.stop();
  }

  async #health(backend: Backend, state: 'healthy' | 'unhealthy'): Promise<void> {
    if (state === 'healthy') this.#unhealthy.delete(backend);
    else this.#unhealthy.add(backend);
    for (const targetGroupArn of ['A', 'B'])
      await this.#world.plane.setHealth([{ targetGroupArn, id: backend.address, port: backend.port, state }]);
  }

  #inFlight(backend: Backend): number {
    const at = (targetGroupArn: string): number =>
      this.#world.plane.inFlight({ targetGroupArn, id: backend.address, port: backend.port });
    return at('A') + at('B');
  }

  /** Waits until nothing is on its way to a backend that gets nothing new. A change makes the plane look, which otherwise says what it saw last. */
  async #idle(backend: Backend): Promise<void> {
    do {
      await new Promise((resolve) => setTimeout(resolve, 5));
      this.#inFlight(backend);
      await this.#world.set([]);
    } while (this.#pending.get(backend)?.requests !== 0 || this.#inFlight(backend) > 0);
  }

  async step(step: Step): Promise<void> {
    const [oldest, second] = this.#live;
    switch (step) {
      case 'replace':
        await this.add();
        await this.apply();
        if (oldest !== undefined) await this.#drain(oldest);
        return;
      case 'add':
        await this.add();
        return this.apply();
      case 'remove':
        if (oldest !== undefined && second !== undefined) await this.#drain(oldest);
        return;
      case 'unhealthy':
        if (oldest !== undefined) await this.#health(oldest, 'unhealthy');
        return;
      case 'healthy':
        for (const backend of this.#unhealthy) await this.#health(backend, 'healthy');
        return;
      case 'rules':
        this.#rules += 1;
        return this.apply();
      case 'all':
        return this.#world.setAll();
      case 'kill': {
        // Not of its own accord: what listens there is gone at once, and its idle connections with it. A request
        // that is on its way there may not be counted yet by the one who answers: the plane knows of it.
        if (oldest === undefined || second === undefined) return;
        await this.#health(oldest, 'unhealthy');
        await this.#idle(oldest);
        await oldest.stop();
        this.#live = this.#live.filter((one) => one !== oldest);
        this.#unhealthy.delete(oldest);
        return this.apply();
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#live, ...this.#draining].map((one) => one.stop()));
  }
}
