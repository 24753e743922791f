import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RuleConfig } from '../../balancer-protocol/index.ts';
import { freshAddress } from './addresses.ts';
import { startBackend, startRawBackend, type Backend } from './backend.ts';
import { exampleCom, exampleOrg } from './certificates.ts';
import { RawClient } from './raw-client.ts';
import { attributes, checked, eventually, forward, group, listener, World } from './world.ts';

const tcp = (rule: RuleConfig, more = {}): ReturnType<typeof listener> =>
  listener([rule], { protocol: 'TCP', ...more });
const network = { type: 'network', attributes: { ...attributes, crossZone: false } } as const;

/** Says its name, then what it gets; ends when the other side has ended. */
const named = (name: string): Promise<Backend> =>
  startRawBackend(
    name,
    (socket) => {
      socket.write(`${name}:`);
      socket.on('data', (bytes) => socket.write(bytes));
      socket.on('end', () => socket.end('.'));
    },
    { allowHalfOpen: true },
  );

/** TCP, TLS and UDP listeners. */
export function describeL4(open: () => Promise<World>): void {
  describe('network load balancers', () => {
    let world: World;
    const backends: { stop(): unknown }[] = [];
    beforeEach(async () => {
      world = await open();
    });
    afterEach(async () => {
      await world.plane.close();
      for (const backend of backends.splice(0)) await backend.stop();
    });
    const start = async (name: string): Promise<Backend> => {
      const backend = await named(name);
      backends.push(backend);
      return backend;
    };

    test('[BL-40] TCP is passed on both ways, also half closed, and spread over the targets', async () => {
      const [a, b] = [await start('a'), await start('b')];
      await world.set([group('A', [a.target(), b.target()], { protocol: 'TCP' })], [tcp(forward('A'))], network);
      const names: string[] = [];
      for (let i = 0; i < 6; i += 1) {
        const client = await RawClient.open(world.address, 8000);
        client.send('hello');
        client.socket.end();
        const text = await client.untilEnd();
        names.push(text.slice(0, 1));
        expect(text.slice(1)).toBe(':hello.');
        client.close();
      }
      expect(names.filter((name) => name === 'a')).toHaveLength(3);
      await eventually(() => world.plane.inFlight({ targetGroupArn: 'A', id: a.address, port: 8080 }) === 0);
    });

    test('[BL-73] connections to targets of a zone come from the load balancer’s address there', async () => {
      const from = await startRawBackend('from', (socket) => socket.end(socket.remoteAddress ?? ''));
      backends.push(from);
      const targets = [from.target({ zone: 'zone-a' })];
      await world.set([group('A', targets, { protocol: 'TCP' })], [tcp(forward('A'))], network);
      const client = await RawClient.open(world.address, 8000);
      expect(await client.untilEnd()).toBe(World.source);
    });

    test('[BL-40] megabytes pass unharmed, and a side that does not read holds the other up', async () => {
      let sent = 0;
      const flood = await startRawBackend('flood', (socket) => {
        const more = (): void => {
          for (let room = true; room && sent < 200_000_000; sent += 65_536)
            room = socket.write(Buffer.alloc(65_536, 'x'));
        };
        socket.on('drain', more);
        more();
      });
      backends.push(flood);
      await world.set([group('A', [flood.target()], { protocol: 'TCP' })], [tcp(forward('A'))], network);
      const client = await RawClient.open(world.address, 8000);
      client.socket.pause();
      let before = -1;
      for (let i = 0; i < 50 && before !== sent; i += 1) {
        before = sent;
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      expect(sent).toBeGreaterThan(0);
      expect(sent).toBeLessThan(40_000_000);
      client.close();
    });

    test('[BL-41] a target that refuses is passed over; without one that takes it the client is reset', async () => {
      const gone = await startBackend('gone');
      await gone.stop();
      const a = await start('a');
      await world.set([group('A', [gone.target(), a.target()], { protocol: 'TCP' })], [tcp(forward('A'))], network);
      for (let i = 0; i < 4; i += 1) {
        const client = await RawClient.open(world.address, 8000);
        await client.until((text) => text === 'a:');
        client.close();
      }
      await world.set([group('A', [gone.target()], { protocol: 'TCP' })]);
      const reset = async (): Promise<string> => {
        try {
          return await (await RawClient.open(world.address, 8000)).untilEnd();
        } catch (error) {
          return (error as NodeJS.ErrnoException).code ?? '';
        }
      };
      expect(['', 'ECONNRESET']).toContain(await reset());
      await world.set([group('A', [])]);
      expect(['', 'ECONNRESET']).toContain(await reset());
    });

    test('[BL-42] a draining target keeps its connections, past its deadline unless they are closed on deregistration', async () => {
      const [a, b] = [await start('a'), await start('b')];
      for (const closeOnDeregistration of [false, true]) {
        const more = { protocol: 'TCP', closeOnDeregistration } as const;
        await world.set([group('A', [a.target()], more)], [tcp(forward('A'))], network);
        const client = await RawClient.open(world.address, 8000);
        await client.until((text) => text === 'a:');
        const before = world.drained.length;
        const draining = a.target({ state: 'draining', drainDeadlineMs: Date.now() + 400 });
        await world.set([group('A', [draining, b.target()], more)]);
        client.send('x');
        await client.until((text) => text === 'a:x');
        const next = await RawClient.open(world.address, 8000);
        await next.until((text) => text === 'b:');
        next.close();
        await eventually(() => world.drained.length === before + 1);
        if (closeOnDeregistration) await client.untilEnd();
        else {
          client.send('y');
          await client.until((text) => text === 'a:xy');
        }
        client.close();
      }
    });

    test('[BL-43] source_ip keeps a client on its target while that is there', async () => {
      const all = [await start('a'), await start('b'), await start('c')];
      const stickiness = { type: 'source_ip', durationMs: 1 } as const;
      const more = { protocol: 'TCP', stickiness } as const;
      await world.set(
        [
          group(
            'A',
            all.map((one) => one.target()),
            more,
          ),
        ],
        [tcp(forward('A'))],
        network,
      );
      const whose = async (): Promise<string> => {
        const client = await RawClient.open(world.address, 8000);
        const text = await client.until((all) => all.length === 2);
        client.close();
        return text.slice(0, 1);
      };
      const first = await whose();
      for (let i = 0; i < 4; i += 1) expect(await whose()).toBe(first);
      await world.set([
        group(
          'A',
          all.filter(({ name }) => name !== first).map((one) => one.target()),
          more,
        ),
      ]);
      const second = await whose();
      expect(second).not.toBe(first);
      expect(await whose()).toBe(second);
    });

    test('[BL-44] a silent connection is ended after the idle timeout', async () => {
      const a = await start('a');
      const rule = tcp(forward('A'), { tcpIdleTimeoutMs: 400 });
      await world.set([group('A', [a.target()], { protocol: 'TCP' })], [rule], network);
      const client = await RawClient.open(world.address, 8000);
      await client.until((text) => text === 'a:');
      await client.untilEnd();
      await eventually(() => a.connections.open.size === 0);
    });

    test('[BL-45] the PROXY protocol header comes before the first byte', async () => {
      let got = Buffer.alloc(0);
      const target = await startRawBackend('p', (socket) => {
        socket.on('data', (bytes) => {
          got = Buffer.concat([got, bytes]);
        });
      });
      backends.push(target);
      await world.set(
        [group('A', [target.target()], { protocol: 'TCP', proxyProtocolV2: true })],
        [tcp(forward('A'))],
        network,
      );
      const client = await RawClient.open(world.address, 8000);
      client.send('hello');
      await eventually(() => got.length === 28 + 5);
      expect(got.subarray(0, 16).toString('hex')).toBe('0d0a0d0a000d0a515549540a2111000c');
      expect([...got.subarray(16, 20)]).toEqual([127, 0, 0, 1]);
      expect([...got.subarray(20, 24)].join('.')).toBe(world.address);
      expect([got.readUInt16BE(24), got.readUInt16BE(26)]).toEqual([client.socket.localPort, 8000]);
      expect(got.subarray(28).toString()).toBe('hello');
      client.close();
    });

    test('[BL-46] TLS is ended here, with the certificate of the name that the client asks for', async () => {
      const a = await start('a');
      const rule = listener([forward('A')], {
        protocol: 'TLS',
        certificates: [exampleCom, exampleOrg],
        minimumTlsVersion: 'TLSv1.3',
        alpnPolicy: ['x-test'],
      });
      await world.set([group('A', [a.target()], { protocol: 'TCP' })], [rule], network);
      const dial = (servername: string | undefined, more = {}): Promise<string> =>
        new Promise((resolve) => {
          const socket = connectTls({
            host: world.address,
            port: 8000,
            rejectUnauthorized: false,
            ALPNProtocols: ['x-test'],
            ...(servername === undefined ? {} : { servername }),
            ...more,
          });
          socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
          socket.once('data', (bytes) => {
            resolve(
              `${String(socket.getPeerCertificate().subject.CN)} ${String(socket.alpnProtocol)} ${bytes.toString()}`,
            );
            socket.destroy();
          });
        });
      expect(await dial('www.example.org')).toBe('example.org x-test a:');
      expect(await dial('other.test')).toBe('example.com x-test a:');
      expect(await dial(undefined)).toBe('example.com x-test a:');
      expect(await dial('example.org', { maxVersion: 'TLSv1.2' })).toMatch(/^ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION/);
      await world.set([], [{ ...rule, certificates: [exampleOrg] }], network);
      expect(await dial(undefined)).toBe('example.org x-test a:');
      await world.set([], [{ ...rule, certificates: [] }], network);
      expect(world.listeners.at(-1)?.problem).toBe('the listener has no certificate');
    });

    test('[BL-48] connections to a target that turns unhealthy are ended where that is on, unless no target is healthy', async () => {
      const [a, b] = [await start('a'), await start('b')];
      const become = (backend: Backend, state: 'healthy' | 'unhealthy'): Promise<void> =>
        world.plane.setHealth([{ targetGroupArn: 'A', id: backend.address, port: backend.port, state }]);
      const dial = async (name: string): Promise<RawClient> => {
        for (;;) {
          const client = await RawClient.open(world.address, 8000);
          if ((await client.until((text) => text.length === 2)) === `${name}:`) return client;
          client.close();
        }
      };
      const stays = async (client: RawClient): Promise<void> => {
        client.text = '';
        client.send('still');
        await client.until((text) => text === 'still');
      };
      for (const closeOnUnhealthy of [true, false]) {
        const more = { protocol: 'TCP', closeOnUnhealthy, ...checked } as const;
        await world.set([group('A', [a.target(), b.target()], more)], [tcp(forward('A'))], network);
        const [one, other] = [await dial('a'), await dial('b')];
        await become(a, 'unhealthy');
        if (closeOnUnhealthy) await one.untilEnd();
        else await stays(one);
        await stays(other);
        await become(b, 'unhealthy');
        await stays(other);
        await become(a, 'healthy');
        if (closeOnUnhealthy) await other.untilEnd();
        else await stays(other);
        await become(b, 'healthy');
        one.close();
        other.close();
      }
    });

    test('[BL-41] a TLS connection without a target that takes it is ended, and the next is served', async () => {
      const rule = listener([forward('A')], { protocol: 'TLS', certificates: [exampleCom] });
      await world.set([group('A', [], { protocol: 'TCP' })], [rule], network);
      const dial = (): Promise<string> =>
        new Promise((resolve) => {
          const socket = connectTls({ host: world.address, port: 8000, rejectUnauthorized: false });
          socket.on('error', () => undefined);
          socket.once('data', (bytes) => {
            resolve(bytes.toString());
            socket.destroy();
          });
          socket.on('close', () => resolve('closed'));
        });
      expect(await dial()).toBe('closed');
      const a = await start('a');
      await world.set([group('A', [a.target()], { protocol: 'TCP' })]);
      expect(await dial()).toBe('a:');
    });

    test('[BL-34] listeners that change their ports with each other are open at once', async () => {
      const [a, b] = [await start('a'), await start('b')];
      const groups = [group('A', [a.target()], { protocol: 'TCP' }), group('B', [b.target()], { protocol: 'TCP' })];
      const one = (port: number): ReturnType<typeof listener> => tcp(forward('A'), { arn: 'one', port });
      const two = (port: number): ReturnType<typeof listener> => tcp(forward('B'), { arn: 'two', port });
      await world.set(groups, [one(8000), two(8001)], network);
      await world.set([], [one(8001), two(8000)], network);
      for (const [port, said] of [
        [8000, 'b:'],
        [8001, 'a:'],
      ] as const) {
        const client = await RawClient.open(world.address, port);
        await client.until((text) => text === said);
        client.close();
      }
      expect(world.listeners.map(({ problem }) => problem)).toEqual(['', '']);
    });

    describe('UDP', () => {
      const sockets: DatagramSocket[] = [];
      afterEach(() => {
        for (const socket of sockets.splice(0)) socket.close();
      });
      const server = async (name: string): Promise<{ readonly address: string; readonly seen: Buffer[] }> => {
        const socket = createSocket('udp4');
        sockets.push(socket);
        const address = freshAddress();
        const seen: Buffer[] = [];
        socket.on('message', (message, from) => {
          seen.push(message);
          socket.send(`${name}:${message.toString('latin1')}`, from.port, from.address);
        });
        await new Promise<void>((resolve) => socket.bind(8080, address, resolve));
        return { address, seen };
      };
      const client = (): { ask(text: string): Promise<string> } => {
        const socket = createSocket('udp4');
        sockets.push(socket);
        return {
          ask: (text) =>
            new Promise((resolve, reject) => {
              const timer = setTimeout(() => reject(new Error(`no answer to ${text}`)), 2_000);
              socket.once('message', (message) => {
                clearTimeout(timer);
                resolve(message.toString('latin1'));
              });
              socket.send(text, 8000, world.address);
            }),
        };
      };
      const target = (address: string, more = {}) =>
        ({ id: address, port: 8080, address, state: 'registered', lastHealth: 'healthy', ...more }) as const;

      test('[BL-73] datagrams to targets of a zone come from the load balancer’s address there', async () => {
        const socket = createSocket('udp4');
        sockets.push(socket);
        const address = freshAddress();
        socket.on('message', (_message, from) => socket.send(from.address, from.port, from.address));
        await new Promise<void>((resolve) => socket.bind(8080, address, resolve));
        const rule = listener([forward('A')], { protocol: 'UDP' });
        await world.set([group('A', [target(address, { zone: 'zone-a' })], { protocol: 'UDP' })], [rule], network);
        expect(await client().ask('1')).toBe(World.source);
      });

      test('[BL-47] datagrams of one client stay with one target, and answers come back', async () => {
        const [a, b] = [await server('a'), await server('b')];
        const rule = listener([forward('A')], { protocol: 'UDP' });
        await world.set([group('A', [target(a.address), target(b.address)], { protocol: 'UDP' })], [rule], network);
        const clients = Array.from({ length: 4 }, client);
        const first = await Promise.all(clients.map((one) => one.ask('1')));
        expect([...first].sort()).toEqual(['a:1', 'a:1', 'b:1', 'b:1']);
        const second = await Promise.all(clients.map((one) => one.ask('2')));
        expect(second).toEqual(first.map((text) => text.replace('1', '2')));
        const other = target(b.address, { state: 'draining', drainDeadlineMs: Date.now() + 100 });
        await world.set([group('A', [target(a.address), other], { protocol: 'UDP' })]);
        await eventually(() => world.drained.length === 1);
        expect(await Promise.all(clients.map((one) => one.ask('3')))).toEqual(['a:3', 'a:3', 'a:3', 'a:3']);
      });

      test('[BL-47] a listener that moves ends its flows: an answer that comes late harms nobody', async () => {
        const late = createSocket('udp4');
        sockets.push(late);
        const address = freshAddress();
        let answered = 0;
        late.on('message', (message, from) =>
          setTimeout(() => late.send(message, from.port, from.address, () => (answered += 1)), 60),
        );
        await new Promise<void>((resolve) => late.bind(8080, address, resolve));
        const rule = (port: number): ReturnType<typeof listener> => listener([forward('A')], { protocol: 'UDP', port });
        await world.set([group('A', [target(address)], { protocol: 'UDP' })], [rule(8000)], network);
        client()
          .ask('lost')
          .catch(() => undefined);
        await eventually(() => world.plane.inFlight({ targetGroupArn: 'A', id: address, port: 8080 }) === 1);
        await world.set([], [rule(8001)], network);
        await eventually(() => answered === 1);
        await new Promise((resolve) => setTimeout(resolve, 50));
        await world.set([], [rule(8000)], network);
        expect(await client().ask('1')).toBe('1');
      });

      test('[BL-47] TCP_UDP listens for both on one port; the PROXY header goes before the first datagram', async () => {
        const udp = await server('u');
        const tcpTarget = await start('t');
        const rule = listener([forward('A')], { protocol: 'TCP_UDP' });
        await world.set(
          [group('A', [target(udp.address)], { protocol: 'TCP_UDP', proxyProtocolV2: true })],
          [rule],
          network,
        );
        const one = client();
        await one.ask('1');
        await one.ask('2');
        expect(udp.seen[0]?.subarray(0, 14).toString('hex')).toBe('0d0a0d0a000d0a515549540a2112');
        expect(udp.seen[0]?.subarray(28).toString()).toBe('1');
        expect(udp.seen[1]?.toString()).toBe('2');
        await world.set([group('A', [tcpTarget.target()], { protocol: 'TCP_UDP' })]);
        const stream = await RawClient.open(world.address, 8000);
        await stream.until((text) => text === 't:');
        stream.close();
      });
    });
  });
}
