import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { connect, isIP } from 'node:net';
import { Unavailable } from '../kernel/index.ts';

/** How long one name server has to answer before the next is asked. */
const answerMs = 2_000;
/** Most name servers asked for one question. */
const maxServers = 3;
const dnsPort = 53;
const maxTcpBytes = 65_535;

export interface UpstreamServer {
  readonly address: string;
  readonly port: number;
}

/** The name servers of this machine, without those at `ours`, which would ask us back. */
export function machineNameServers(ours: ReadonlySet<string>, file = '/etc/resolv.conf'): readonly UpstreamServer[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return []; // a machine without the file has no name servers
  }
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)]
    .map(([, address = '']) => address)
    .filter((address) => isIP(address) !== 0 && !ours.has(address))
    .slice(0, maxServers)
    .map((address) => ({ address, port: dnsPort }));
}

/**
 * Passes a query on as it came, and gives back the answer as it came.
 * @throws Unavailable when no server answered
 */
export async function askUpstream(
  servers: readonly UpstreamServer[],
  query: Buffer,
  transport: 'udp' | 'tcp',
): Promise<Buffer> {
  for (const server of servers) {
    const answer = await (transport === 'udp' ? overUdp(server, query) : overTcp(server, query));
    if (answer !== undefined) return answer;
  }
  throw new Unavailable(
    servers.length === 0 ? 'this machine has no name servers' : `none of ${servers.length} name servers answered`,
  );
}

function overUdp({ address, port }: UpstreamServer, query: Buffer): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    const end = (answer?: Buffer): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => undefined); // it may still fail while it closes
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(end, answerMs);
    socket.on('error', () => end());
    // Connected, so that nobody else's datagram is taken for the answer.
    socket.connect(port, address, () => socket.send(query));
    socket.on('message', (answer) => {
      if (answer.length >= 2 && answer.readUInt16BE(0) === query.readUInt16BE(0)) end(answer);
    });
  });
}

function overTcp({ address, port }: UpstreamServer, query: Buffer): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let got = Buffer.alloc(0);
    const socket = connect({ host: address, port });
    const end = (answer?: Buffer): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(answerMs, () => end());
    socket.on('error', () => end());
    socket.on('end', () => end());
    socket.on('connect', () => socket.write(framed(query)));
    socket.on('data', (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
      if (got.length > maxTcpBytes + 2) end();
      else if (got.length >= 2 && got.length >= 2 + got.readUInt16BE(0)) end(got.subarray(2, 2 + got.readUInt16BE(0)));
    });
  });
}

/** A message as TCP carries it: its length first. */
export function framed(message: Buffer): Buffer {
  const frame = Buffer.alloc(message.length + 2);
  frame.writeUInt16BE(message.length, 0);
  message.copy(frame, 2);
  return frame;
}
