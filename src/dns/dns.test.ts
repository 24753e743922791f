import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { decode, encode, RECURSION_DESIRED, type DecodedPacket, type Packet, type RecordType } from 'dns-packet';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { silentLog } from '../kernel/index.ts';
import { codeOf, decide } from './answer.ts';
import { firstOf, machineNameServers, NameServer, prefixedEndpoint, type Names, type UpstreamServer } from './index.ts';
import { privateNames } from './names.ts';
import { framed } from './upstream.ts';

const web = 'web-1234567890.us-east-1.elb.amazonaws.com';
const names: Names = firstOf([
  {
    lookup(name, asker) {
      if (!name.endsWith('.elb.amazonaws.com')) return undefined;
      if (name !== web) return [];
      return asker.kind === 'host'
        ? [{ type: 'A', data: '127.80.0.1', ttl: 60 }]
        : Array.from({ length: 2 }, (_, zone) => ({ type: 'A' as const, data: `172.31.${16 * zone}.9`, ttl: 60 }));
    },
  },
  privateNames((address) => address.startsWith('172.31.')),
  prefixedEndpoint('169.254.170.2'),
]);

function query(name: string, type: RecordType = 'A'): Packet {
  return { type: 'query', id: 7, flags: RECURSION_DESIRED, questions: [{ name, type }] };
}

function answered(packet: Packet, asker: 'host' | 'task' = 'task') {
  const decision = decide(packet, names, { kind: asker, address: '172.31.0.7' });
  return 'forward' in decision
    ? 'forward'
    : [codeOf(decision.answer), ...(decision.answer.answers ?? []).map((one) => ('data' in one ? one.data : ''))];
}

test.each([
  ['[DNS-1] a task gets the addresses in its VPC', query(web), 'task', ['NOERROR', '172.31.0.9', '172.31.16.9']],
  ['[DNS-1] a program on the machine gets the loopback address', query(web), 'host', ['NOERROR', '127.80.0.1']],
  ['[DNS-2] case and a last dot make no difference', query(`${web.toUpperCase()}.`), 'host', ['NOERROR', '127.80.0.1']],
  ['[DNS-2] a known name without records of the type', query(web, 'AAAA'), 'host', ['NOERROR']],
  ['[DNS-2] a name of ours that is not there', query('x.us-east-1.elb.amazonaws.com'), 'task', ['NXDOMAIN']],
  ['[DNS-3] a private name', query('ip-172-31-0-5.ec2.internal'), 'task', ['NOERROR', '172.31.0.5']],
  ['[DNS-3] a private name of no VPC', query('ip-10-0-0-5.ec2.internal'), 'task', ['NXDOMAIN']],
  [
    '[DNS-3] a private name backwards',
    query('5.0.31.172.in-addr.arpa', 'PTR'),
    'task',
    ['NOERROR', 'ip-172-31-0-5.ec2.internal'],
  ],
  ['[DNS-8] the endpoint of tasks with a prefix', query('data-169.254.170.2'), 'task', ['NOERROR', '169.254.170.2']],
  ['[DNS-8] another address with a prefix', query('data-10.0.0.1'), 'task', 'forward'],
  ['[DNS-4] others are asked about other names', query('example.com'), 'task', 'forward'],
  [
    '[DNS-5] two questions',
    { ...query(web), questions: [...(query(web).questions ?? []), ...(query(web).questions ?? [])] },
    'task',
    ['FORMERR'],
  ],
  ['[DNS-5] an update', { ...query(web), flags: 5 << 11 }, 'task', ['NOTIMP']],
] as const)('%s', (_name, packet, asker, want) => {
  expect(answered(packet as Packet, asker)).toEqual(want);
});

const running: NameServer[] = [];
afterEach(() => {
  for (const server of running.splice(0)) server.stop();
});

let nextPort = 20_000 + (process.pid % 20_000);
async function started(upstream: readonly UpstreamServer[] = [], known = names): Promise<number> {
  const port = nextPort++;
  const server = new NameServer({
    listen: [{ host: '127.0.0.1', port, asker: 'host' }],
    names: known,
    upstream,
    log: silentLog,
  });
  running.push(server);
  expect(await server.start()).toEqual([]);
  return port;
}

function overUdp(port: number, bytes: Buffer): Promise<DecodedPacket> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.on('message', (answer) => {
      socket.close();
      resolve(decode(answer));
    });
    socket.send(bytes, port, '127.0.0.1');
  });
}

test('[DNS-1] answers over UDP, and over TCP several questions of a connection in order', async () => {
  const port = await started();
  expect((await overUdp(port, encode(query(web)))).answers).toMatchObject([{ data: '127.80.0.1', ttl: 60 }]);
  const socket = connect(port, '127.0.0.1');
  const bytes = Buffer.concat([1, 2, 3].map((id) => framed(encode({ ...query(web), id }))));
  // In the worst pieces.
  for (const byte of bytes) socket.write(Buffer.of(byte));
  const ids: number[] = [];
  let got = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    got = Buffer.concat([got, chunk]);
    while (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0)) {
      ids.push(decode(got.subarray(2, 2 + got.readUInt16BE(0))).id ?? 0);
      got = got.subarray(2 + got.readUInt16BE(0));
    }
    if (ids.length === 3) break;
  }
  socket.destroy();
  expect(ids).toEqual([1, 2, 3]);
});

test('[DNS-4] other names go to the next server as they are; without one that answers, SERVFAIL', async () => {
  const other = await started([]);
  const port = await started([{ address: '127.0.0.1', port: other }]);
  // The next server knows no such name and has nobody to ask.
  expect(codeOf(await overUdp(port, encode(query('example.com'))))).toBe('SERVFAIL');
  const upstream = createSocket('udp4');
  await new Promise<void>((resolve) => void upstream.bind(0, '127.0.0.1', resolve));
  upstream.on('message', (bytes, from) => {
    const asked = decode(bytes);
    const answers = [{ type: 'A' as const, name: 'example.com', ttl: 5, data: '192.0.2.1' }];
    upstream.send(
      encode({ type: 'response', id: asked.id ?? 0, questions: asked.questions ?? [], answers }),
      from.port,
    );
  });
  const through = await started([{ address: '127.0.0.1', port: upstream.address().port }]);
  expect((await overUdp(through, encode(query('example.com')))).answers).toMatchObject([{ data: '192.0.2.1' }]);
  upstream.close();
});

test('[DNS-11] who asks for an alias gets what it stands for, of ours or of others', async () => {
  const upstream = createSocket('udp4');
  await new Promise<void>((resolve) => void upstream.bind(0, '127.0.0.1', resolve));
  upstream.on('message', (bytes, from) => {
    const { id = 0, questions = [] } = decode(bytes);
    const answers =
      questions[0]?.name === 'example.com' && questions[0].type === 'A'
        ? [{ type: 'A' as const, name: 'example.com', ttl: 5, data: '192.0.2.1' }]
        : [];
    upstream.send(encode({ type: 'response', id, questions, answers }), from.port);
  });
  const aliases: Readonly<Record<string, string>> = {
    'db.test': 'one.test',
    'one.test': web,
    'out.test': 'example.com',
    'lost.test': 'x.us-east-1.elb.amazonaws.com',
    'round.test': 'round.test',
  };
  const alias: Names = {
    lookup: (name) => {
      const data = aliases[name];
      return data === undefined ? undefined : [{ type: 'CNAME', data, ttl: 9 }];
    },
  };
  const port = await started([{ address: '127.0.0.1', port: upstream.address().port }], firstOf([alias, names]));
  const asked = async (name: string, type?: RecordType) => {
    const answer = await overUdp(port, encode(query(name, type)));
    return [codeOf(answer), ...(answer.answers ?? []).map((one) => ('data' in one ? `${one.name} ${one.data}` : ''))];
  };
  expect(await asked('db.test')).toEqual(['NOERROR', 'db.test one.test', `one.test ${web}`, `${web} 127.80.0.1`]);
  expect(await asked('db.test', 'CNAME')).toEqual(['NOERROR', 'db.test one.test']);
  expect(await asked('db.test', 'AAAA')).toEqual(['NOERROR', 'db.test one.test', `one.test ${web}`]);
  expect(await asked('out.test')).toEqual(['NOERROR', 'out.test example.com', 'example.com 192.0.2.1']);
  expect(await asked('lost.test')).toEqual(['NXDOMAIN', `lost.test ${aliases['lost.test']}`]);
  expect(await asked('round.test')).toEqual(['SERVFAIL']);
  upstream.close();
});

test('[DNS-6] who asks over TCP and does not read is not answered any further, until it reads', async () => {
  const many = 1_000;
  let looked = 0;
  const large: Names = {
    lookup: () => {
      looked += 1;
      return Array.from({ length: 2_000 }, () => ({ type: 'A' as const, data: '192.0.2.1', ttl: 1 }));
    },
  };
  const port = await started([], large);
  const socket = connect(port, '127.0.0.1');
  const question = framed(encode(query('large.test')));
  socket.write(Buffer.concat(Array.from({ length: many }, () => question)));
  let before = -1;
  while (looked !== before || looked === 0) {
    before = looked;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(looked).toBeLessThan(many);
  let bytes = 0;
  const size = encode({ type: 'response', answers: [] }).length;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (looked === many && bytes > many * size) break;
  }
  expect(looked).toBe(many);
});

test('[DNS-6] whatever comes, it goes on answering', async () => {
  const port = await started();
  const socket = createSocket('udp4');
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (bytes) => {
      await new Promise<void>((resolve) => {
        socket.send(bytes, port, '127.0.0.1', () => resolve());
      });
    }),
    { numRuns: 300 },
  );
  socket.close();
  const tcp = connect(port, '127.0.0.1');
  tcp.write(framed(Buffer.from('not dns')));
  await new Promise((resolve) => tcp.on('close', resolve));
  expect((await overUdp(port, encode(query(web)))).answers).toHaveLength(1);
});

test('[DNS-7] an address that is taken is told, and the others work', async () => {
  const port = await started();
  const free = nextPort++;
  const server = new NameServer({
    listen: [
      { host: '127.0.0.1', port, asker: 'host' },
      { host: '127.0.0.1', port: free, asker: 'host' },
    ],
    names,
    upstream: [],
    log: silentLog,
  });
  running.push(server);
  expect((await server.start()).map(({ at, problem }) => [at.port, /EADDRINUSE/.test(problem)])).toEqual([
    [port, true],
  ]);
  expect((await overUdp(free, encode(query(web)))).answers).toHaveLength(1);
});

test('[DNS-4] the machine names its servers, and ours are not asked', () => {
  expect(machineNameServers(new Set(), '/nonexistent')).toEqual([]);
  expect(machineNameServers(new Set(['127.0.0.1'])).every(({ address }) => address !== '127.0.0.1')).toBe(true);
});
