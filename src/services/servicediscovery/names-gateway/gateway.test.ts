import { describe, expect, test } from 'vitest';
import { namesSocketPath, type NamesMessage } from '../../../names-protocol/index.ts';
import type { Socket, SocketListener } from '../../../protocol/api/index.ts';
import { openServiceDiscovery, outcome, settle, type Opened } from '../contract/opened-service-discovery.ts';
import { gatewayLimits } from './limits.ts';

class FakeSocket implements Socket {
  readonly messages: NamesMessage[] = [];
  bufferedBytes = 0;
  listener: SocketListener | undefined;
  closed = '';

  send(text: string): void {
    this.messages.push(JSON.parse(text) as NamesMessage);
  }

  close(code: number, reason: string): void {
    this.closed = `${code} ${reason}`;
    this.listener?.onClose(code, reason);
  }

  listen(listener: SocketListener): void {
    this.listener = listener;
  }
}

async function connect({ service, contextOf }: Opened, account = '000000000000'): Promise<FakeSocket> {
  const route = service.definition.sockets?.find(({ path }) => path === namesSocketPath);
  const take = await route?.accept(new Map(), contextOf({ account }));
  const socket = new FakeSocket();
  take?.(socket);
  return socket;
}

const srv = {
  DnsConfig: {
    DnsRecords: [
      { Type: 'A', TTL: 1 },
      { Type: 'SRV', TTL: 2 },
    ],
  },
} as const;

describe('what name servers are told', () => {
  test('[DNS-9] VPCs that users made: all first, then what changed', async () => {
    const opened = await openServiceDiscovery();
    const vpc = { id: 'vpc-1', region: 'eu-west-1', cidrs: ['10.0.0.0/16'], answers: true };
    opened.setVpc('/vpc/1', vpc);
    const socket = await connect(opened);
    expect(socket.messages).toMatchObject([{ whole: 'last', vpcs: [vpc] }]);
    opened.setVpc('/vpc/1', { ...vpc, answers: false });
    await opened.clock.advance(0);
    expect(socket.messages.at(-1)).toMatchObject({ type: 'names', vpcs: [{ id: 'vpc-1', answers: false }] });
    opened.setVpc('/vpc/1');
    await opened.clock.advance(0);
    expect(socket.messages.at(-1)).toMatchObject({ type: 'names', removedVpcs: ['vpc-1'] });
  });

  test('[CM-34] a namespace is seen from a range that its VPC gets later, and no other is told again', async () => {
    const opened = await openServiceDiscovery();
    const zone = await opened.newZone('a.test', 'vpc-1');
    await opened.newZone('b.test', 'vpc-2');
    const socket = await connect(opened);
    opened.setVpc('/vpc/1', { id: 'vpc-1', region: 'us-east-1', cidrs: ['10.0.0.0/16', '10.9.0.0/16'], answers: true });
    await opened.clock.advance(0);
    expect(socket.messages).toHaveLength(2);
    expect(socket.messages[1]?.zones).toMatchObject([{ id: zone, cidrs: ['10.0.0.0/16', '10.9.0.0/16'] }]);
  });

  test('[CM-37] everything first, then what changed; of HTTP services and namespaces nothing', async () => {
    const opened = await openServiceDiscovery();
    const { call, clock, newZone, newService, done } = opened;
    const zone = await newZone('Local.Test');
    const web = await newService(zone, 'Web', srv);
    await newService(zone, 'api', { Type: 'HTTP' });
    await done(call('CreateHttpNamespace', { Name: 'h' }));
    const Attributes = { AWS_INSTANCE_IPV4: '172.31.0.1', AWS_INSTANCE_PORT: '80' };
    await call('RegisterInstance', { ServiceId: web, InstanceId: 'One', Attributes });
    const socket = await connect(opened);
    expect(socket.messages).toEqual([
      {
        type: 'names',
        whole: 'last',
        zones: [{ id: zone, name: 'local.test', cidrs: ['172.31.0.0/16'], soaTtl: 60 }],
        removedZones: [],
        services: [
          {
            id: web,
            zoneId: zone,
            name: 'web',
            routingPolicy: 'MULTIVALUE',
            records: [
              { type: 'A', ttl: 1 },
              { type: 'SRV', ttl: 2 },
            ],
            instances: [{ id: 'one', healthy: true, ipv4: '172.31.0.1', port: 80 }],
          },
        ],
        removedServices: [],
      },
    ]);
    await call('DeregisterInstance', { ServiceId: web, InstanceId: 'One' });
    await call('DeleteService', { Id: web });
    await clock.advance(0);
    expect(socket.messages.at(-1)).toMatchObject({ zones: [], services: [], removedServices: [web] });
    expect(socket.messages.at(-1)).not.toHaveProperty('whole');
  });

  test('[CM-38] a name server that does not keep up gets the last state only, and a whole in parts', async () => {
    const opened = await openServiceDiscovery();
    const { call, clock, newZone, newService } = opened;
    const zone = await newZone();
    const web = await newService(zone);
    const socket = await connect(opened);
    socket.bufferedBytes = gatewayLimits.bufferedBytes + 1;
    for (const last of [1, 2, 3])
      await call('RegisterInstance', {
        ServiceId: web,
        InstanceId: 'i',
        Attributes: { AWS_INSTANCE_IPV4: `172.31.0.${last}` },
      });
    await clock.advance(1_000);
    expect(socket.messages).toHaveLength(1);
    socket.bufferedBytes = 0;
    await clock.advance(1_000);
    expect(socket.messages).toHaveLength(2);
    expect(socket.messages[1]?.services[0]?.instances).toMatchObject([{ ipv4: '172.31.0.3' }]);
    for (let n = 0; n < 3; n++) {
      const id = await newService(zone, `s${n}`);
      for (let last = 0; last < 999; last += 333)
        await Promise.all(
          Array.from({ length: 333 }, (_, at) =>
            call('RegisterInstance', {
              ServiceId: id,
              InstanceId: `i${last + at}`,
              Attributes: { AWS_INSTANCE_IPV4: '172.31.0.9' },
            }),
          ),
        );
    }
    const second = await connect(opened);
    expect(second.messages.map(({ whole }) => whole)).toEqual(['more', 'last']);
    expect(second.messages.flatMap(({ services }) => services)).toHaveLength(4);
  });

  test('[CM-39] only the installation itself may connect, and so often', async () => {
    const opened = await openServiceDiscovery();
    expect(await outcome(connect(opened, '123456789012'))).toMatch(/^AccessDenied/);
    const sockets = [];
    for (let n = 0; n < gatewayLimits.nameServers; n++) sockets.push(await connect(opened));
    expect(await outcome(connect(opened))).toMatch(/^ServiceUnavailable/);
    sockets[0]?.listener?.onText('x');
    await settle();
    expect(sockets[0]?.closed).toMatch(/^1008/);
    expect(await outcome(connect(opened))).toBe('ok');
    opened.service.stop();
    expect(sockets[1]?.closed).toMatch(/^1001/);
  });
});
