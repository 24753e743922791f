import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { silentLog, type Clock } from '../../kernel/index.ts';
import type { NetworkReport, PolicyMessage } from '../../network-protocol/index.ts';
import { randomIds, systemClock } from '../../platform/index.ts';
import { testInterface } from '../contract/network-contract.ts';
import { group, openTo, tcp } from '../contract/policies.ts';
import { FakeNetwork, type FakeMachine } from '../fake/index.ts';
import { noChange, type PolicyChange } from '../index.ts';
import { PolicedNetwork, PolicySession } from './index.ts';

/** A control plane that says what the test says. */
class FakeControlPlane {
  readonly heard: NetworkReport[] = [];
  readonly signatures: string[] = [];
  socket: WebSocket | undefined;
  port = 0;
  status = 101;
  #server: Server | undefined;
  #sequence = 0;

  async start(): Promise<void> {
    const server = createServer();
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, raw, head) => {
      this.signatures.push(`${request.url} ${request.headers.authorization}`);
      if (this.status !== 101) {
        raw.end(`HTTP/1.1 ${this.status} No\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      sockets.handleUpgrade(request, raw, head, (socket) => {
        this.socket = socket;
        socket.on('message', (data) => this.heard.push(JSON.parse(String(data)) as NetworkReport));
      });
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    this.socket?.terminate();
    this.socket = undefined;
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  say(change: Partial<PolicyChange>): number {
    const { complete: _complete, ...all } = { ...noChange, ...change };
    this.#sequence += 1;
    const message: PolicyMessage = { type: 'policy', sequence: this.#sequence, ...all };
    this.socket?.send(JSON.stringify(message));
    return this.#sequence;
  }

  watched(): readonly string[] {
    const now = new Set<string>();
    for (const one of this.heard) {
      if (one.type !== 'watch') continue;
      for (const id of one.add) now.add(id);
      for (const id of one.remove) now.delete(id);
    }
    return [...now];
  }

  async asked(...ids: readonly string[]): Promise<void> {
    await expect.poll(() => this.watched(), { timeout: 5_000, interval: 5 }).toEqual(ids);
  }

  async enforced(sequence: number): Promise<void> {
    const reports = (): readonly NetworkReport[] => this.heard;
    await expect.poll(reports, { timeout: 5_000, interval: 5 }).toContainEqual({ type: 'applied', sequence });
  }
}

/** A hundred times as fast. */
const clock: Clock = { nowMs: systemClock.nowMs, after: (ms, act) => systemClock.after(ms / 100, act) };
const control = new FakeControlPlane();
const opened: PolicedNetwork[] = [];
const [two, three] = [testInterface(2), testInterface(3)];
const holder = { id: '', pid: 1 };

function open(machine?: FakeMachine): { readonly fake: FakeNetwork; readonly network: PolicedNetwork } {
  const fake = new FakeNetwork({ owner: 'agent', enforces: true, ...(machine === undefined ? {} : { machine }) });
  const { enforcer } = fake;
  if (enforcer === undefined) throw new Error('this network enforces');
  const endpoint = `http://127.0.0.1:${control.port}`;
  const credentials = () => ({ accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' });
  const options = { endpoint, region: 'us-east-1', credentials, clock, ids: randomIds, log: silentLog, enforcer };
  const network = new PolicedNetwork(fake, (ids) => new PolicySession(options, ids));
  opened.push(network);
  return { fake, network };
}

beforeEach(async () => {
  control.heard.length = 0;
  control.status = 101;
  await control.start();
});
afterEach(async () => {
  for (const network of opened.splice(0)) await network.close();
  await control.stop();
});

test('an interface is asked for when it is named, wired when what may pass is enforced, and let go of when it is detached', async () => {
  const { fake, network } = open();
  await network.prepare();
  await network.pauseFor(two);
  await control.asked(two.id);
  expect(control.signatures.at(-1)).toMatch(/^\/ec2\/network AWS4-HMAC-SHA256 Credential=AKIDTEST.*\/ec2\//);
  const attached = network.attach(two, holder);
  expect(await fake.list()).toEqual([]);
  const sequence = control.say(openTo([two]));
  await attached;
  expect(await fake.list()).toEqual([{ id: two.id, address: two.address }]);
  await control.enforced(sequence);
  await network.detach(two);
  await control.asked();
  expect(fake.picture.interfaces.size).toBe(0);
  // A message that was under way is about nobody here.
  await control.enforced(control.say(openTo([two])));
  expect(fake.picture.interfaces.size).toBe(0);
});

test('without an answer an interface is not wired, and the reason says why', async () => {
  const { fake, network } = open();
  await expect(network.attach(two, holder)).rejects.toThrow(
    `the security groups of ${two.id} did not come from the control plane at http://127.0.0.1:${control.port} within 20000 ms: it did not answer`,
  );
  await control.stop();
  control.status = 404;
  await control.start();
  await expect(network.attach(three, holder)).rejects.toThrow('no connection (it answered 404)');
  expect(await fake.list()).toEqual([]);
});

test('an interface that the control plane does not have is refused at once', async () => {
  const { network } = open();
  await network.prepare();
  const attached = network.attach(two, holder);
  attached.catch(() => undefined);
  await control.asked(two.id);
  control.say({ removedInterfaces: [two.id] });
  await expect(attached).rejects.toThrow(`the control plane has no network interface ${two.id}`);
});

test('a new connection forgets nothing before everything is there again, and takes its place at once', async () => {
  const { fake, network } = open();
  for (const one of [two, three]) {
    await network.pauseFor(one);
    const attached = network.attach(one, holder);
    await expect.poll(() => control.watched()).toContain(one.id);
    control.say(openTo([one]));
    await attached;
  }
  control.say({ members: [{ group: 'sg-0c0ffee', addresses: ['10.213.0.9'] }] });
  await expect.poll(() => fake.picture.members.size).toBe(1);
  const before = fake.picture;
  control.heard.length = 0;
  control.socket?.terminate();
  await control.asked(two.id, three.id);
  control.say(openTo([two]));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(fake.picture).toBe(before);
  await control.enforced(control.say({ removedInterfaces: [three.id] }));
  expect(fake.picture.members.size).toBe(0);
  expect(fake.picture.interfaces.get(two.id)?.closed).toBeUndefined();
  // It is wired, and nobody answers for it.
  expect(fake.picture.interfaces.get(three.id)?.closed).toBe(true);
});

test('an agent that starts again asks for what it finds wired, and keeps it', async () => {
  const first = open();
  await first.network.pauseFor(two);
  await control.asked(two.id);
  const attached = first.network.attach(two, holder);
  control.say(openTo([two]));
  await attached;
  await first.network.close();
  control.heard.length = 0;
  const { fake, network } = open(first.fake.machine);
  await network.prepare();
  await control.asked(two.id);
  expect(fake.picture.interfaces.size).toBe(0);
  await control.enforced(control.say(openTo([two])));
  expect(fake.picture.interfaces.get(two.id)?.groups).toEqual(['sg-0c0ffee']);
});

test('what cannot be enforced is asked for again', async () => {
  const { fake, network } = open();
  await network.pauseFor(two);
  await control.asked(two.id);
  control.heard.length = 0;
  const bad = group('sg-0c0ffee', [tcp(80, { cidrs: ['everywhere'] })]);
  control.say({ ...openTo([two]), groups: [bad] });
  await control.asked(two.id);
  expect(fake.picture.interfaces.size).toBe(0);
  await control.enforced(control.say(openTo([two])));
  await network.attach(two, holder);
});
