import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { BalancerReport, ConfigMessage, TargetGroupConfig } from '../balancer-protocol/index.ts';
import { silentLog } from '../kernel/index.ts';
import { randomIds, systemClock } from '../platform/index.ts';
import { NodeAddresses } from './addresses/node-addresses.ts';
import { startBalancer, type Balancer, type BalancerOptions } from './balancer.ts';
import { freshAddress } from './contract/addresses.ts';
import { startBackend, type Backend } from './contract/backend.ts';
import { ask, checked, eventually, forward, group, listener, loadBalancerAt } from './contract/world.ts';
import { NodeDataPlane } from './node/node-data-plane.ts';
import type { PolicedNode } from './node-policies.ts';
import { reportParts } from './session/report-parts.ts';

/** A control plane that says what the test says. */
class FakeControlPlane {
  readonly reports: BalancerReport[] = [];
  readonly upgrades: { url: string; authorization: string }[] = [];
  socket: WebSocket | undefined;
  accepts = true;
  #server: Server | undefined;
  #sequence = 0;
  port = 0;

  async start(): Promise<void> {
    const server = createServer();
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, raw, head) => {
      this.upgrades.push({ url: request.url ?? '', authorization: request.headers.authorization ?? '' });
      if (!this.accepts) {
        raw.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      sockets.handleUpgrade(request, raw, head, (socket) => {
        this.socket = socket;
        socket.on('message', (data) => this.reports.push(JSON.parse(String(data)) as BalancerReport));
      });
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.socket?.terminate();
    this.socket = undefined;
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  send(message: Partial<ConfigMessage>): number {
    this.#sequence += 1;
    this.socket?.send(
      JSON.stringify({
        type: 'config',
        complete: false,
        sequence: this.#sequence,
        loadBalancers: [],
        removedLoadBalancers: [],
        targetGroups: [],
        removedTargetGroups: [],
        ...message,
      }),
    );
    return this.#sequence;
  }

  async applied(sequence: number): Promise<void> {
    await eventually(() => this.reports.some((report) => report.type === 'applied' && report.sequence === sequence));
  }
}

const root = mkdtempSync(join(tmpdir(), 'longshore-balancer-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a balancer and its control plane', () => {
  const control = new FakeControlPlane();
  let balancer: Balancer | undefined;
  let backend: Backend | undefined;
  const ipCalls: string[] = [];
  afterEach(async () => {
    await balancer?.stop();
    await backend?.stop();
    await control.stop().catch(() => undefined);
    control.reports.length = 0;
    control.accepts = true;
  });
  const start = async (portOffset = 0, more: Partial<BalancerOptions> = {}): Promise<void> => {
    const file = join(mkdtempSync(join(root, 'b-')), 'addresses.json');
    balancer = await startBalancer({
      endpoint: `http://127.0.0.1:${control.port}`,
      region: 'us-east-1',
      credentials: () => ({ accessKeyId: 'LKIAPOOL', secretAccessKey: 'secret' }),
      portOffset,
      addresses: new NodeAddresses({ file, allowed: false, log: silentLog }),
      makeDataPlane: (wiring) =>
        Promise.resolve(
          new NodeDataPlane({
            ...wiring,
            cookieSecret: Buffer.alloc(32),
            clock: systemClock,
            ids: randomIds,
            log: silentLog,
          }),
        ),
      clock: systemClock,
      ids: randomIds,
      log: silentLog,
      ...more,
    });
  };

  test('[BL-60] it dials signed, applies what it is told, and says so with health and listeners', async () => {
    await control.start();
    await start();
    backend = await startBackend('web');
    await eventually(() => control.socket !== undefined);
    expect(control.upgrades[0]?.url).toBe('/elbv2/balancer');
    expect(control.upgrades[0]?.authorization).toMatch(
      /Credential=LKIAPOOL\/\d+\/us-east-1\/elasticloadbalancing\/aws4_request/,
    );
    const address = freshAddress();
    const targets = [backend.target({ lastHealth: 'initial' })];
    const sequence = control.send({
      complete: true,
      loadBalancers: [{ ...loadBalancerAt(address), listeners: [listener([forward('A')])] }],
      targetGroups: [group('A', targets, checked)],
    });
    await control.applied(sequence);
    await balancer?.ready;
    expect((await ask({ host: address, port: 8000, agent: false })).body).toBe('web');
    await eventually(() =>
      control.reports.some((report) => report.type === 'health' && report.targets[0]?.state === 'healthy'),
    );
    expect(control.reports).toContainEqual({ type: 'listeners', listeners: [{ arn: 'listener', problem: '' }] });
    const key = { targetGroupArn: 'A', id: backend.address, port: backend.port };
    control.send({ targetGroups: [group('A', [backend.target({ state: 'draining' })], checked)] });
    await eventually(() => control.reports.some((report) => report.type === 'drained'));
    expect(control.reports.at(-1)?.type === 'drained' || control.reports.at(-2)?.type === 'drained').toBe(true);
    expect(control.reports.find((report) => report.type === 'drained')).toEqual({ type: 'drained', targets: [key] });
  });

  test('[BL-73] nodes are announced before they are there, let go of after; targets and checks are called from them', async () => {
    await control.start();
    const told: string[] = [];
    const [address, own] = [freshAddress(), freshAddress()];
    const file = join(mkdtempSync(join(root, 'b-')), 'addresses.json');
    const names = (nodes: readonly PolicedNode[]): string => nodes.map((node) => Object.values(node).join(' ')).join();
    await start(0, {
      // Any address of 127.0.0.0/8 is there without being added.
      addresses: new NodeAddresses({
        ...{ file, allowed: true, log: silentLog },
        ip: async ([verb = '', what = '']) => {
          told.push(`${verb} ${what}`);
          return '';
        },
      }),
      policies: {
        add: async (nodes) => void told.push(`policies add ${names(nodes)}`),
        keepOnly: async (nodes) => void told.push(`policies keep ${names(nodes)}`),
        close: async () => void told.push('policies close'),
      },
    });
    const seen = new Set<string>();
    backend = await startBackend('web', (request, response) => {
      seen.add(`${request.url} from ${request.socket.remoteAddress}`);
      response.end('web');
    });
    await eventually(() => control.socket !== undefined);
    const node = { zone: 'a', networkInterfaceId: 'eni-1', subnetId: 'subnet-1', privateIpv4Address: own };
    const loadBalancer = { ...loadBalancerAt(address), nodes: [node], listeners: [listener([forward('A')])] };
    const targets = [backend.target({ lastHealth: 'initial', zone: 'b' })];
    const check = { ...checked.healthCheck, path: '/health' } as NonNullable<TargetGroupConfig['healthCheck']>;
    await control.applied(
      control.send({
        complete: true,
        loadBalancers: [loadBalancer],
        targetGroups: [group('A', targets, { healthCheck: check })],
      }),
    );
    for (const host of [address, own]) await ask({ host, port: 8000, agent: false });
    await eventually(() => seen.has(`/health from ${own}`));
    expect([...seen].toSorted()).toEqual([`/ from ${own}`, `/health from ${own}`]);
    await control.applied(control.send({ complete: true }));
    const policed = `eni-1 ${own} ${address}`;
    expect(told).toEqual([
      ...[`policies add ${policed}`, 'addr add', `policies keep ${policed}`],
      ...['policies add ', 'addr del', 'policies keep '],
    ]);
    await balancer?.stop();
    expect(told.at(-1)).toBe('policies close');
  });

  test('[BL-61] while the control plane is away traffic goes on; back again it is told all that still is so', async () => {
    await control.start();
    await start();
    backend = await startBackend('web');
    await eventually(() => control.socket !== undefined);
    const address = freshAddress();
    const whole: Partial<ConfigMessage> = {
      complete: true,
      loadBalancers: [{ ...loadBalancerAt(address), listeners: [listener([forward('A')])] }],
      targetGroups: [
        group('A', [backend.target({ lastHealth: 'initial' })], checked),
        group('B', [backend.target({ state: 'draining' })]),
      ],
    };
    await control.applied(control.send(whole));
    await eventually(() =>
      control.reports.some((report) => report.type === 'health' && report.targets[0]?.state === 'healthy'),
    );
    await control.stop();
    for (let i = 0; i < 5; i += 1) expect((await ask({ host: address, port: 8000, agent: false })).body).toBe('web');
    control.reports.length = 0;
    await control.start();
    await eventually(() => control.socket !== undefined, 10_000);
    await control.applied(control.send(whole));
    await eventually(() => control.reports.length >= 4);
    expect(control.reports.map(({ type }) => type).sort()).toEqual(['applied', 'drained', 'health', 'listeners']);
  });

  test('[BL-61] what the control plane has not heard is said again: targets that drained, and their health', async () => {
    await control.start();
    await start();
    backend = await startBackend('web');
    await eventually(() => control.socket !== undefined);
    const said = (type: 'drained' | 'health'): number =>
      control.reports.filter((report) => report.type === type).length;
    const registered = backend.target({ lastHealth: 'initial' });
    const [checkedGroup, drainingGroup] = [
      group('A', [registered], checked),
      group('B', [backend.target({ state: 'draining' })]),
    ];
    await control.applied(control.send({ complete: true, targetGroups: [checkedGroup, drainingGroup] }));
    await eventually(() =>
      control.reports.some((report) => report.type === 'health' && report.targets[0]?.state === 'healthy'),
    );
    control.reports.length = 0;
    // As after registering a target again and taking it away again, all between two messages.
    await control.applied(control.send({ targetGroups: [checkedGroup, drainingGroup] }));
    await eventually(() => said('drained') === 1 && said('health') === 1);
    expect(control.reports.find((report) => report.type === 'health')).toMatchObject({
      targets: [{ state: 'healthy' }],
    });
    control.reports.length = 0;
    const known = group('A', [backend.target({ lastHealth: 'healthy' })], checked);
    await control.applied(control.send({ targetGroups: [known] }));
    expect([said('drained'), said('health')]).toEqual([0, 0]);
  });

  test('[BL-61] more than a report holds is said in several', () => {
    const targets = Array.from({ length: 2_500 }, (_, port) => ({ targetGroupArn: 'A', id: 'i', port }));
    const parts = reportParts({ type: 'drained', targets });
    expect(parts.map((part) => (part.type === 'drained' ? part.targets.length : 0))).toEqual([1_000, 1_000, 500]);
    expect(parts.flatMap((part) => (part.type === 'drained' ? part.targets : []))).toEqual(targets);
  });

  test('[BL-61] after a configuration that could not be applied everything is asked for again', async () => {
    await control.start();
    let fails = true;
    await start(0, {
      makeDataPlane: (wiring) => {
        const plane = new NodeDataPlane({
          ...wiring,
          cookieSecret: Buffer.alloc(32),
          clock: systemClock,
          ids: randomIds,
          log: silentLog,
        });
        const apply = plane.apply.bind(plane);
        plane.apply = (change) => (fails ? Promise.reject(new Error('disk full')) : apply(change));
        return Promise.resolve(plane);
      },
    });
    await eventually(() => control.socket !== undefined);
    const first = control.socket;
    control.send({ complete: true });
    await eventually(() => control.socket !== first, 10_000);
    fails = false;
    await control.applied(control.send({ complete: true }));
    await balancer?.ready;
  });

  test('[BL-62] one that starts while the control plane is away serves what it served before', async () => {
    let text: string | undefined;
    const kept = {
      read: () => text,
      write: (written: string) => {
        text = written;
      },
    };
    await control.start();
    await start(0, { kept });
    backend = await startBackend('web');
    await eventually(() => control.socket !== undefined);
    const address = freshAddress();
    const loadBalancer = { ...loadBalancerAt(address), listeners: [listener([forward('A')])] };
    await control.applied(control.send({ complete: true, loadBalancers: [loadBalancer] }));
    await control.applied(control.send({ targetGroups: [group('A', [backend.target()])] }));
    await balancer?.stop();
    await control.stop();
    await start(0, { kept });
    expect((await ask({ host: address, port: 8000, agent: false })).body).toBe('web');
    expect(balancer?.named(loadBalancer.dnsName)?.arn).toBe(loadBalancer.arn);
    await control.start();
    await eventually(() => control.socket !== undefined, 10_000);
    await control.applied(control.send({ complete: true }));
    await expect(ask({ host: address, port: 8000, agent: false })).rejects.toThrow('ECONNREFUSED');
    await balancer?.stop();
    expect(JSON.parse(text ?? '')).toMatchObject({ loadBalancers: [], targetGroups: [] });
    // Half a text, or another control plane's: as if there were none.
    for (const wrong of ['{"version":1,', JSON.stringify({ ...JSON.parse(text ?? ''), endpoint: 'http://other' })]) {
      text = wrong;
      await start(0, { kept });
      await balancer?.stop();
    }
  });

  test('[BL-61] a control plane without the route is asked again, with pauses', async () => {
    control.accepts = false;
    await control.start();
    const before = control.upgrades.length;
    await start();
    await eventually(() => control.upgrades.length >= before + 2);
    control.accepts = true;
    await eventually(() => control.socket !== undefined, 10_000);
  });

  test('[BL-72] with an offset every listener is at its port and the offset', async () => {
    await control.start();
    await start(20_000);
    backend = await startBackend('web');
    await eventually(() => control.socket !== undefined);
    const address = freshAddress();
    await control.applied(
      control.send({
        complete: true,
        loadBalancers: [{ ...loadBalancerAt(address), listeners: [listener([forward('A')], { port: 80 })] }],
        targetGroups: [group('A', [backend.target()])],
      }),
    );
    expect((await ask({ host: address, port: 20_080, agent: false })).body).toBe('web');
  });

  test('[BL-71] node addresses are added once, remembered over a crash, and removed when they are gone', async () => {
    const file = join(mkdtempSync(join(root, 'b-')), 'deep', 'addresses.json');
    const open = (): NodeAddresses =>
      new NodeAddresses({
        file,
        allowed: true,
        log: silentLog,
        ip: (parameters) => {
          ipCalls.push(parameters.join(' '));
          if (parameters[2] === '10.0.0.2/32') return Promise.reject(new Error('RTNETLINK answers: File exists'));
          if (parameters[2] === '10.0.0.3/32') return Promise.reject(new Error('no'));
          return Promise.resolve('');
        },
      });
    const first = open();
    await first.add(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    await first.add(['10.0.0.1']);
    expect(['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((one) => first.has(one))).toEqual([true, true, false]);
    await open().keepOnly(new Set(['10.0.0.2']));
    expect(ipCalls).toEqual([
      'addr add 10.0.0.1/32 dev lo',
      'addr add 10.0.0.2/32 dev lo',
      'addr add 10.0.0.3/32 dev lo',
      'addr del 10.0.0.1/32 dev lo',
    ]);
  });
});
